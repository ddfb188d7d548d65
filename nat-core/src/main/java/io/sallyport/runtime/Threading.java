package io.sallyport.runtime;

/** The threads that run the stages of a gateway. */
interface Threading extends AutoCloseable {

    /** Starts them. */
    void start();

    /** Stops them; every packet that was received has been dealt with when this returns. */
    @Override
    void close();
}
