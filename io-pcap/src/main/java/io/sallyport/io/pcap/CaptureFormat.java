package io.sallyport.io.pcap;

import io.sallyport.packet.PortException;

/** How records follow each other in a file: classic pcap or pcapng. */
sealed interface CaptureFormat permits ClassicPcap, NextGenerationPcap {

    /**
     * Reads the next record.
     *
     * @return false at the end of the file
     */
    boolean next(CaptureInput input, CaptureRecord target) throws PortException, PcapFormatException;
}
