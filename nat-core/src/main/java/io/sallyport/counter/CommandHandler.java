package io.sallyport.counter;

/** Takes the commands that other processes sent. */
@FunctionalInterface
public interface CommandHandler {
    /** Called for each command, on the thread that drains them. */
    void onCommand(Command command, long senderPid);
}
