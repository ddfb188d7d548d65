/** What the reading commands show of a gateway, as text for people and as JSON for programs. ASCII, at most 80 columns where it can be. */
package io.sallyport.tools.screen;
