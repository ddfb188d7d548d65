/**
 * IP fragments (RFC 791, section 3.2; RFC 4787, REQ-13 and REQ-14). Before the workers, a fragment without ports learns those of its
 * datagram, so that nothing is reassembled and nothing is parsed twice; behind them, a packet that is too long for its link is cut.
 * Everything here has a fixed capacity, and nothing allocates after construction.
 */
package io.sallyport.fragment;
