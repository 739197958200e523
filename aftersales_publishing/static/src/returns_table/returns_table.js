import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {DISPOSITIONS, getLabel, GRADES, REPAIR_DISPOSITIONS, WRAPS} from "./keys";
import {Parcel} from "./parcel";
import {play} from "./sound";

const MODEL = "aftersales.returns.table";
// a scanner types the next character within 50 ms, a hand that presses one key does not
const KEY_ALONE_MS = 120;
// some scanners end a code with two line ends: the second one confirms nothing
const SECOND_ENTER_MS = 300;
// what is printed of the parcel handled before, by keys that no scanner sends
const PRINTS = {
    F8: "action_print_aftersales_acceptance",
    F9: "action_print_aftersales_labels",
};
// typed before an ISBN that is read from the cover, so that its first digit is no key
const BY_HAND = "/";

/**
 * The returns table: one field that always has the focus, filled by a scanner or by hand.
 *
 * What is typed and ended with Enter is a code, answered by one call of the server; a key pressed
 * alone is a command. Codes and commands wait for the one before: a clerk may be ahead of the line.
 */
export class ReturnsTable extends Component {
    static template = "aftersales_publishing.ReturnsTable";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.field = useRef("scan");
        this.root = useRef("root");
        this.grades = GRADES;
        this.wraps = WRAPS;
        this.state = useState({
            mode: "find", // find, pick, parcel, stray
            entry: null, // note, accessories: what is typed is a text
            hits: [],
            more: false,
            parcel: null,
            stray: null,
            unknown: null, // code without parcel, offered as ownerless
            late: null, // parcel of an expired remedy, taken in by Enter
            unexpected: null, // title that may be noted on the case
            armed: false, // the next Enter confirms a short parcel
            handled: 0,
            last: null, // the parcel handled before: its slip and labels can be printed
            busy: false,
            message: {kind: "info", text: _t("Scan a parcel."), count: 0},
        });
        this.queue = Promise.resolve();
        this.lastCodeAt = 0;
        this.onDocumentKeydown = this.onDocumentKeydown.bind(this);
        onMounted(() => {
            document.addEventListener("keydown", this.onDocumentKeydown, {capture: true});
            this.focus();
        });
        onWillUnmount(() => {
            document.removeEventListener("keydown", this.onDocumentKeydown, {capture: true});
            clearTimeout(this.timer);
        });
    }

    // ------------------------------------------------------------------
    // Focus, keys, scans
    // ------------------------------------------------------------------
    focus() {
        this.field.el?.focus({preventScroll: true});
    }

    /** Whatever was clicked, the next key goes to the field; but never out of a dialog. */
    onDocumentKeydown(ev) {
        const editable = "input, textarea, select, [contenteditable=true]";
        const elsewhere = ev.target.closest?.(`${editable}, .modal, .o_popover, .dropdown-menu`);
        if (!elsewhere && !ev.ctrlKey && !ev.altKey && !ev.metaKey && ev.key !== "Tab") {
            this.focus();
        }
    }

    onBlur() {
        setTimeout(() => {
            const active = document.activeElement;
            if (active === document.body || this.root.el?.contains(active)) {
                this.focus();
            }
        });
    }

    get takesKeys() {
        return ["pick", "parcel"].includes(this.state.mode) && !this.state.entry;
    }

    onKeydown(ev) {
        const value = ev.target.value;
        if (ev.key === "Enter" && !ev.isComposing) {
            ev.preventDefault();
            this.submit(value);
        } else if (ev.key === "Escape") {
            ev.preventDefault();
            clearTimeout(this.timer);
            ev.target.value = "";
            this.enqueue(() => this.escape());
        } else if (PRINTS[ev.key]) {
            ev.preventDefault();
            this.enqueue(() => this.print(ev.key));
        } else if (!value && this.takesKeys) {
            const digit = ev.shiftKey && /^Digit([1-9])$/.exec(ev.code);
            const name = digit ? `check${digit[1]}` : ev.key;
            if (digit || ["ArrowUp", "ArrowDown", "Backspace"].includes(ev.key)) {
                ev.preventDefault();
                // held down to empty the field, Backspace takes no counted copies with it
                if (ev.key !== "Backspace" || !ev.repeat) {
                    this.enqueue(() => this.command(name));
                }
            }
        }
    }

    onInput(ev) {
        const field = ev.target;
        clearTimeout(this.timer);
        if (field.value.length === 1 && field.value !== BY_HAND) {
            const key = field.value;
            this.timer = setTimeout(() => {
                // while a call runs, a key waits beside the field: the next scan finds it empty
                if (this.takesKeys || (this.state.busy && !ev.isComposing)) {
                    field.value = "";
                    this.enqueue(() => this.doKeyOrPutBack(key, field));
                }
            }, KEY_ALONE_MS);
        }
    }

    doKeyOrPutBack(key, field) {
        if (this.takesKeys) {
            return this.command(key.toLowerCase());
        }
        field.value = key + field.value;
    }

    submit(value) {
        clearTimeout(this.timer);
        this.field.el.value = "";
        const code = value.trim();
        const now = Date.now();
        if (!code && !this.state.entry && now - this.lastCodeAt < SECOND_ENTER_MS) {
            return;
        }
        this.lastCodeAt = now;
        // a key that Enter followed at once: the key counts, the parcel is not finished by accident
        const isKey = code.length === 1 && this.takesKeys;
        this.enqueue(() => (isKey ? this.command(code.toLowerCase()) : this.handle(code)));
    }

    /** Do one thing after the other; a refusal of the server is shown and heard, nothing is lost. */
    enqueue(action) {
        this.queue = this.queue.then(async () => {
            try {
                await action();
            } catch (error) {
                this.tell("wrong", this.getProblem(error));
                if (!error.data && !(error instanceof ConnectionLostError)) {
                    Promise.reject(error); // an error of the program: reported as usual
                }
            } finally {
                this.state.busy = false;
            }
        });
    }

    getProblem(error) {
        if (error instanceof ConnectionLostError) {
            return _t("No connection. Scan again.");
        }
        return error.data?.message || this.startOver;
    }

    get startOver() {
        return _t("This did not work. Leave with Esc and scan the parcel again.");
    }

    async call(method, ...args) {
        this.state.busy = true;
        return await this.orm.call(MODEL, method, args);
    }

    tell(kind, text) {
        const tones = {ok: "right", done: "done", ask: "ask", wrong: "wrong"};
        if (tones[kind]) {
            play(tones[kind]);
        }
        this.state.message = {kind, text, count: this.state.message.count + 1};
    }

    // ------------------------------------------------------------------
    // Codes
    // ------------------------------------------------------------------
    async handle(text) {
        const {mode, entry} = this.state;
        const code = text.startsWith(BY_HAND) ? text.slice(1).trim() : text;
        if (entry) {
            this.write(text);
        } else if (mode === "stray") {
            await this.handleStray(text, code);
        } else if (mode === "parcel") {
            await (code ? this.select(code) : this.finish());
        } else if (code) {
            await this.find(code);
        } else if (this.state.late) {
            await this.takeLate();
        } else if (this.state.unknown) {
            this.startStray();
        }
    }

    async find(code) {
        this.state.unknown = null;
        this.state.late = null;
        const hit = await this.call("find", code);
        this.state.mode = "find";
        if (hit.kind === "one") {
            this.open(hit.parcel);
        } else if (hit.kind === "many") {
            Object.assign(this.state, {mode: "pick", hits: hit.parcels, more: hit.more});
            this.tell("ask", _t("Several parcels: press the digit of yours."));
        } else if (hit.kind === "late") {
            this.state.late = hit;
            this.tell("ask", hit.message);
        } else if (hit.kind === "recorded") {
            this.tell("wrong", hit.message); // once is enough: Enter records nothing
        } else {
            this.state.unknown = hit.kind === "none" ? hit.code : code;
            this.tell("wrong", hit.message);
        }
    }

    async print(key) {
        const {last} = this.state;
        if (!last) {
            this.tell("wrong", _t("Finish a parcel first, then print."));
            return;
        }
        const action = await this.orm.call("stock.picking", PRINTS[key], [[last.id]]);
        await this.action.doAction(action);
        this.focus();
    }

    onPrint(key) {
        this.enqueue(() => this.print(key));
        this.focus();
    }

    /** Where the copies were claimed otherwise, the parcel can still be noted as ownerless. */
    async takeLate() {
        const {id, code} = this.state.late;
        Object.assign(this.state, {late: null, unknown: code});
        const parcel = await this.call("take_late", id);
        this.state.unknown = null;
        this.open(parcel);
    }

    open(data) {
        Object.assign(this.state, {mode: "parcel", hits: [], armed: false, unexpected: null});
        this.state.parcel = new Parcel(data);
        this.tell("ok", _t("%(parcel)s: scan the books.", {parcel: data.name}));
    }

    async select(code) {
        const {parcel} = this.state;
        this.state.armed = false;
        this.state.unexpected = null;
        const hit = await this.call("select", parcel.id, code);
        if (hit.kind === "expected") {
            this.count(hit.line_ids, hit.lot_id);
        } else if (hit.kind === "unexpected") {
            this.offerUnexpected(hit, hit.message);
        } else {
            this.tell("wrong", hit.message);
        }
    }

    count(lineIds, lotId) {
        const {parcel} = this.state;
        const line = parcel.lines.find((other) => lineIds.includes(other.id));
        if (!line) {
            // received or changed by a colleague since it was opened
            this.tell("wrong", this.startOver);
            return;
        }
        const copy = parcel.count(lineIds, lotId);
        if (!copy) {
            this.offerUnexpected(
                line,
                _t("All expected copies of “%(title)s” are counted.", {title: line.title})
            );
            return;
        }
        const claim = parcel.getLine(copy);
        this.tell(
            parcel.needsRun(copy) ? "ask" : "ok",
            parcel.needsRun(copy)
                ? _t("%(title)s: press the digit of its print run.", {title: claim.title})
                : _t("%(title)s: %(claim)s. Grade it.", {title: claim.title, claim: claim.claim})
        );
    }

    offerUnexpected({product_id, title}, message) {
        this.state.unexpected = {product_id, title};
        this.tell("wrong", `${message} ${_t("Press E to note it, or take it out.")}`);
    }

    // ------------------------------------------------------------------
    // Keys
    // ------------------------------------------------------------------
    async command(key) {
        if (!this.takesKeys) {
            return;
        }
        if (this.state.mode === "pick") {
            await this.pick(Number(key));
            return;
        }
        this.state.armed = false;
        const {parcel} = this.state;
        if (key === "e") {
            this.noteUnexpected();
        } else if (key === "ArrowUp" || key === "ArrowDown") {
            parcel.move(key === "ArrowUp" ? -1 : 1);
        } else if (key === "l") {
            parcel.currentId = null;
            this.tell("ask", _t("Press the digit of the expected book."));
        } else if (/^[1-9]$/.test(key) && !parcel.current) {
            const line = parcel.lines[Number(key) - 1];
            if (line) {
                this.count([line.id], false);
            } else {
                this.tell("wrong", _t("No book has this digit."));
            }
        } else if (!parcel.current) {
            this.tell("wrong", _t("Scan a book first."));
        } else {
            this.commandCopy(key, parcel.current);
        }
    }

    commandCopy(key, copy) {
        const {parcel} = this.state;
        const grade = GRADES.find((choice) => choice.key === key);
        const disposition = this.dispositions.find((choice) => choice.key === key);
        const texts = {t: "note", c: "accessories"};
        if (grade) {
            this.setGrade(copy, grade.value);
        } else if (disposition) {
            this.setDisposition(copy, disposition.value);
        } else if (/^[1-9]$/.test(key)) {
            this.setRun(copy, parcel.getLine(copy).runs[Number(key) - 1]);
        } else if (key.startsWith("check")) {
            this.answer(copy, parcel.getLine(copy).questions[Number(key.slice(5)) - 1]);
        } else if (texts[key]) {
            this.startEntry(texts[key]);
        } else if (key === "w") {
            this.nextWrap(copy);
        } else if (key === "v") {
            copy.chosenContradicts = !parcel.contradicts(copy);
            this.tellCopy(copy);
        } else if (key === "m") {
            parcel.countAll(copy);
            this.tellCopy(copy);
        } else if (key === "Backspace") {
            parcel.remove(copy);
            this.tell("ask", _t("Taken off the list."));
        } else {
            this.tell("wrong", _t("%(key)s is no key here.", {key}));
        }
    }

    async pick(digit) {
        const hit = this.state.hits[digit - 1];
        if (hit) {
            this.open(await this.call("open_parcel", hit.id));
        } else {
            this.tell("wrong", _t("No parcel has this digit."));
        }
    }

    setGrade(copy, grade) {
        copy.grade = grade;
        this.tellCopy(copy);
    }

    setDisposition(copy, disposition) {
        copy.chosenDisposition = disposition;
        this.tellCopy(copy);
    }

    setRun(copy, run) {
        if (!run) {
            this.tell("wrong", _t("No print run has this digit."));
            return;
        }
        copy.lotId = run.id;
        this.tellCopy(copy);
    }

    /** Yes, no, not looked at. */
    answer(copy, question) {
        if (!question) {
            this.tell("wrong", _t("No question has this digit."));
            return;
        }
        const next = {undefined: true, true: false, false: undefined}[copy.checks[question.id]];
        if (next === undefined) {
            delete copy.checks[question.id];
        } else {
            copy.checks[question.id] = next;
        }
        const words = {true: _t("yes"), false: _t("no"), undefined: _t("not looked at")};
        this.tell("ok", `${question.name}: ${words[next]}`);
    }

    nextWrap(copy) {
        const values = [null, ...WRAPS.map((wrap) => wrap.value)];
        copy.wrap = values[(values.indexOf(copy.wrap) + 1) % values.length];
        this.tell("ok", `${_t("Wrap")}: ${getLabel(WRAPS, copy.wrap) || "—"}`);
    }

    tellCopy(copy) {
        const {parcel} = this.state;
        const line = parcel.getLine(copy);
        const parts = [
            `${copy.quantity} × ${line.title}`,
            this.getRunName(copy),
            getLabel(GRADES, copy.grade),
            getLabel(this.dispositions, parcel.getDisposition(copy)),
        ].filter(Boolean);
        if (copy.grade && parcel.contradicts(copy)) {
            this.tell("ask", `${parts.join(" · ")} · ${_t("contradicts the claim")}`);
        } else {
            this.tell("ok", parts.join(" · "));
        }
    }

    getRunName(copy) {
        const run = this.state.parcel.getLine(copy).runs.find((other) => other.id === copy.lotId);
        return run ? run.name : "";
    }

    startEntry(entry) {
        this.state.entry = entry;
        this.field.el.value = this.state.parcel.current[entry];
        this.tell("info", _t("Type, then Enter."));
    }

    write(text) {
        const copy = this.state.parcel.current;
        copy[this.state.entry] = text;
        this.state.entry = null;
        this.tell("ok", text || _t("Emptied."));
    }

    noteUnexpected() {
        const {parcel, unexpected} = this.state;
        if (!unexpected) {
            this.tell("wrong", _t("Scan the unexpected book first."));
            return;
        }
        const known = parcel.extras.find((extra) => extra.product_id === unexpected.product_id);
        if (known) {
            known.quantity += 1;
        } else {
            parcel.extras.push({...unexpected, quantity: 1});
        }
        this.state.unexpected = null;
        this.tell("ok", _t("Noted as unexpected: %(title)s", {title: unexpected.title}));
    }

    escape() {
        if (this.state.entry) {
            this.state.entry = null;
            this.tell("info", _t("Left as it was."));
            return;
        }
        this.reset();
        this.tell("info", _t("Scan a parcel."));
    }

    reset() {
        Object.assign(this.state, {
            mode: "find",
            hits: [],
            late: null,
            parcel: null,
            stray: null,
            unknown: null,
            unexpected: null,
            armed: false,
        });
    }

    // ------------------------------------------------------------------
    // Finish
    // ------------------------------------------------------------------
    async finish() {
        const {parcel} = this.state;
        const open = parcel.copies.find((copy) => !copy.grade || parcel.needsRun(copy));
        if (open) {
            parcel.currentId = open.id;
            this.tell("wrong", open.grade ? _t("Choose its print run.") : _t("Grade this copy."));
        } else if (!parcel.copies.length && !parcel.extras.length) {
            this.tell("wrong", _t("Scan a book first, or leave with Esc."));
        } else if (parcel.missing > 0 && !this.state.armed) {
            this.state.armed = true;
            const text = _t("%(count)s missing: they stay expected. Enter again to finish.", {
                count: parcel.missing,
            });
            this.tell("ask", text);
        } else {
            await this.confirm(parcel);
        }
    }

    async confirm(parcel) {
        const extras = parcel.extras.map(({product_id, quantity}) => ({product_id, quantity}));
        const result = await this.call(
            "confirm",
            parcel.id,
            parcel.received,
            parcel.toJSON(),
            extras
        );
        this.reset();
        this.state.handled += 1;
        this.state.last = {id: parcel.id, name: parcel.name, labels: result.labels};
        this.tell("done", result.message);
    }

    // ------------------------------------------------------------------
    // Ownerless parcels
    // ------------------------------------------------------------------
    startStray() {
        this.state.stray = {waybill: this.state.unknown, contents: [], step: "contents"};
        this.state.mode = "stray";
        this.tell("ask", _t("Scan or type what is in it, one by one; Enter alone goes on."));
    }

    async handleStray(text, code) {
        const {stray} = this.state;
        if (stray.step === "sender") {
            const contents = stray.contents.map(({product_id, description, quantity}) => ({
                product_id,
                description,
                quantity,
            }));
            const result = await this.call("record_stray", stray.waybill, contents, text);
            this.reset();
            this.state.handled += 1;
            this.tell("done", result.message);
        } else if (text) {
            await this.addContent(text, code);
        } else {
            stray.step = "sender";
            this.tell("ask", _t("What is written on it? Sender, phone, a letter; then Enter."));
        }
    }

    async addContent(text, code) {
        const {contents} = this.state.stray;
        const hit = await this.call("identify", code);
        const title = hit.title || text;
        const known = contents.find((item) => item.title === title);
        if (known) {
            known.quantity += 1;
        } else {
            const content = hit.product_id ? {product_id: hit.product_id} : {description: text};
            contents.push({...content, title, quantity: 1});
        }
        this.tell("ok", title);
    }

    // ------------------------------------------------------------------
    // What the screen shows
    // ------------------------------------------------------------------
    get placeholder() {
        const {mode, entry, stray} = this.state;
        if (entry) {
            return entry === "note" ? _t("What you saw, then Enter") : _t("Disc, card, code …");
        }
        return {
            find: _t("Waybill, slip, case, order, or last digits of the phone"),
            pick: _t("Digit of the parcel, or another code"),
            parcel: _t("ISBN, or a key"),
            stray: stray?.step === "sender" ? _t("Sender, phone, note") : _t("ISBN or words"),
        }[mode];
    }

    get messageClass() {
        const classes = {ok: "success", done: "success", wrong: "danger", ask: "warning"};
        return `alert-${classes[this.state.message.kind] || "info"}`;
    }

    get messageIcon() {
        const icons = {ok: "check", done: "check-circle", wrong: "times-circle", ask: "question"};
        return `fa-${icons[this.state.message.kind] || "barcode"}`;
    }

    /** Where a copy may go: one that is to be repaired belongs to its reader. */
    get dispositions() {
        const {parcel} = this.state;
        return parcel && parcel.repairs ? REPAIR_DISPOSITIONS : DISPOSITIONS;
    }

    getLabel(choices, value) {
        return getLabel(choices, value);
    }
}

registry.category("actions").add("aftersales_returns_table", ReturnsTable);
