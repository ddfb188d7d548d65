/** The listener over HTTP, against the command-and-control file of a gateway that the tests pretend to be. */
package io.sallyport.tools.admin;
