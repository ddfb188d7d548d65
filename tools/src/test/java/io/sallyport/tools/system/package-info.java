/**
 * System tests: the real program between real hosts, in network namespaces. They need root and the packaged program, so failsafe runs
 * them after packaging; {@code tools/bin/verify} does all of that.
 */
package io.sallyport.tools.system;
