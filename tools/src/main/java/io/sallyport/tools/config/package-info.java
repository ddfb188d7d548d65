/**
 * The configuration file: YAML in, {@link io.sallyport.config.GatewayConfig} out, and back. Every problem of a file is found in one
 * reading and told with its line.
 */
package io.sallyport.tools.config;
