/** The gateway offline: packets from capture files go through the engine on a clock that follows their timestamps. */
package io.sallyport.tools.replay;
