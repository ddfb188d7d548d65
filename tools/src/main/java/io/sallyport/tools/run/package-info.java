/** What running the gateway in the foreground takes besides the gateway: signals, logs, and a look at the kernel's addresses. */
package io.sallyport.tools.run;
