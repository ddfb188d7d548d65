/** The program: its command line, its configuration files, its screens. */
package io.sallyport.tools;
