package io.sallyport.tools.admin;

import java.io.IOException;

/** What a look at the gateway becomes, made once for each look however many ask for it. Thread-safe. */
final class Rendering {

    private final Renderer renderer;
    private GatewayLook rendered;
    private byte[] bytes;

    Rendering(final Renderer renderer) {
        this.renderer = renderer;
    }

    /** The bytes of a look. */
    synchronized byte[] of(final GatewayLook look) throws IOException {
        if (rendered != look) {
            bytes = renderer.render(look);
            rendered = look;
        }
        return bytes;
    }

    /** How a look is written down. */
    @FunctionalInterface
    interface Renderer {
        /** Writes it down. */
        byte[] render(GatewayLook look) throws IOException;
    }
}
