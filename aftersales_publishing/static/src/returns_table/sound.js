let context = null;

const TONES = {
    right: [{frequency: 1320, type: "sine", seconds: 0.09}],
    done: [
        {frequency: 990, type: "sine", seconds: 0.09},
        {frequency: 1485, type: "sine", seconds: 0.14},
    ],
    ask: [{frequency: 520, type: "triangle", seconds: 0.2}],
    wrong: [{frequency: 180, type: "square", seconds: 0.4}],
};

/**
 * Let the clerk hear whether the scan was right, without looking up.
 * A browser that plays nothing (no device, not allowed yet) is no reason to stop working.
 */
export function play(name) {
    try {
        context = context || new window.AudioContext();
        if (context.state === "suspended") {
            context.resume().catch(() => {});
        }
        let start = context.currentTime;
        for (const {frequency, type, seconds} of TONES[name]) {
            const oscillator = context.createOscillator();
            const gain = context.createGain();
            oscillator.type = type;
            oscillator.frequency.value = frequency;
            gain.gain.setValueAtTime(0.15, start);
            gain.gain.exponentialRampToValueAtTime(0.001, start + seconds);
            oscillator.connect(gain).connect(context.destination);
            oscillator.start(start);
            oscillator.stop(start + seconds);
            start += seconds;
        }
    } catch {
        context = null;
    }
}
