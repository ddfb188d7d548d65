/**
 * Scenarios: packets in and packets out, by time, as text that a protocol engineer can read; {@code docs/scenarios} holds them and
 * describes the notation. They run through the same engine as {@code sallyport replay}.
 *
 * <pre>
 *  .scenario ─ScenarioParser─▶ Scenario ─ScenarioRunner─▶ Replay ─▶ frames ─FrameReader─▶ Packet ┐
 *     text   ─PacketParser──▶ PacketSpec ──resolve──▶ Packet ─FrameBuilder─▶ frames ────compare──┘
 * </pre>
 *
 * <p>What is expected is built from nothing, checksums and all, and compared byte by byte. None of the engine's codecs has a part in it.
 */
package io.sallyport.tools.scenario;
