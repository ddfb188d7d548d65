/**
 * The configuration as immutable records, with the defaults and the checks of the YAML file. A leaf: it knows addresses and nothing else
 * of the gateway.
 *
 * <p>A record can hold nonsense; {@link io.sallyport.config.GatewayConfig#problems} lists all that is wrong with it, each with the key
 * that a user would look for. Everything that takes a configuration refuses one that has problems.
 */
package io.sallyport.config;
