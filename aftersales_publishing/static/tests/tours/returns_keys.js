/** What a clerk does at the returns table: a scanner's codes and single keys, never the mouse. */

const {KeyboardEvent, InputEvent} = window;
const MESSAGE = ".o_returns_table_message";

export const FIELD = "#o_returns_table_scan";

/** Let the browser see what a keyboard-wedge scanner sends: characters, then Enter. */
export function press(key, options = {}) {
    const field = document.activeElement;
    field.dispatchEvent(
        new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, ...options})
    );
    if (key.length === 1 && !options.code) {
        field.value += key;
        field.dispatchEvent(new InputEvent("input", {bubbles: true}));
    }
    field.dispatchEvent(new KeyboardEvent("keyup", {key, bubbles: true, ...options}));
}

export function scan(code, then) {
    return [
        {
            content: `scan ${code}`,
            trigger: `body:has(${FIELD}:focus)`,
            run: () => [...code, "Enter"].forEach((key) => press(key)),
        },
        {content: `after ${code}`, trigger: then},
    ];
}

export function key(name, then, options) {
    return [
        {
            content: `press ${name}`,
            trigger: `body:has(${FIELD}:focus)`,
            run: () => press(name, options),
        },
        {content: `after ${name}`, trigger: then},
    ];
}

/** A hand presses Enter later than a scanner that ends its codes with two line ends. */
export function pause() {
    return {
        content: "a moment later",
        trigger: FIELD,
        run: () => new Promise((resolve) => setTimeout(resolve, 310)),
    };
}

export const right = (text) => `${MESSAGE}[data-kind=ok]:contains(${text})`;
export const wrong = (text) => `${MESSAGE}[data-kind=wrong]:contains(${text})`;
export const ask = (text) => `${MESSAGE}[data-kind=ask]:contains(${text})`;
export const done = (count) =>
    `.o_returns_table:has(.o_returns_table_handled:contains(/^${count}$/)) ${MESSAGE}[data-kind=done]`;
