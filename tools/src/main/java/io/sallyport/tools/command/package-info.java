/** The commands: each reads its arguments, calls the code that does the work, and prints. */
package io.sallyport.tools.command;
