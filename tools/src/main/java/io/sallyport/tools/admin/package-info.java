/**
 * The HTTP listener of {@code admin.listen}: metrics for Prometheus, the status as JSON, and a dashboard. It lives in the gateway's process
 * and is yet only an observer: all that it knows it reads from the command-and-control file, and it changes nothing. It costs nothing
 * when it is off.
 */
package io.sallyport.tools.admin;
