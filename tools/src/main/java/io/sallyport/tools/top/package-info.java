/** The screen that is left open: samples of a gateway that may come and go, what is busy in its tables, and the terminal that shows it. */
package io.sallyport.tools.top;
