/**
 * The stages that a batch passes, in this order, and the pipeline that composes them without threads:
 *
 * <ol>
 * <li>{@link io.sallyport.engine.Ingress}: parse, find the owner; capture thread;
 * <li>{@link io.sallyport.engine.Worker}: look up, slow path, rewrite; each worker its own packets and connections;
 * <li>{@link io.sallyport.engine.Egress}: next hop, link addresses, hand over for sending, count; transmit thread.
 * </ol>
 */
package io.sallyport.engine;
