/**
 * An open parcel: what is expected in it, and what the clerk found so far.
 * Nothing is sent before the parcel is confirmed.
 */
export class Parcel {
    constructor(data) {
        Object.assign(this, data);
        this.copies = [];
        this.extras = [];
        this.currentId = null;
        this.nextId = 1;
    }

    get current() {
        return this.copies.find((copy) => copy.id === this.currentId) || null;
    }

    getLine(copy) {
        return this.lines.find((line) => line.id === copy.lineId);
    }

    getCounted(line) {
        return this.copies
            .filter((copy) => copy.lineId === line.id)
            .reduce((sum, copy) => sum + copy.quantity, 0);
    }

    getRemaining(line) {
        return line.quantity - this.getCounted(line);
    }

    get missing() {
        return this.lines.reduce((sum, line) => sum + this.getRemaining(line), 0);
    }

    /** Count one copy of the first of these lines that still lacks one; null when all are there. */
    count(lineIds, lotId) {
        const open = this.lines.find(
            (line) => lineIds.includes(line.id) && this.getRemaining(line) > 0
        );
        if (!open) {
            return null;
        }
        const copy = {
            id: this.nextId++,
            lineId: open.id,
            lotId: lotId || open.lot_id || (open.runs.length === 1 && open.runs[0].id) || null,
            quantity: Math.min(1, this.getRemaining(open)),
            grade: null,
            chosenDisposition: null,
            chosenContradicts: null,
            wrap: null,
            accessories: "",
            note: "",
            checks: {},
        };
        this.copies.push(copy);
        this.currentId = copy.id;
        return this.current;
    }

    countAll(copy) {
        copy.quantity += this.getRemaining(this.getLine(copy));
    }

    remove(copy) {
        this.copies = this.copies.filter((other) => other.id !== copy.id);
        this.currentId = this.copies.length ? this.copies.at(-1).id : null;
    }

    /** Go to the copy before (-1) or after (1) the current one. */
    move(step) {
        const index = this.copies.findIndex((copy) => copy.id === this.currentId);
        const copy = this.copies[Math.max(0, Math.min(this.copies.length - 1, index + step))];
        this.currentId = copy ? copy.id : null;
    }

    contradicts(copy) {
        return copy.chosenContradicts ?? this.getLine(copy).contradicting.includes(copy.grade);
    }

    /** Where the copy goes: chosen, else proposed by the same rule as on the server. */
    getDisposition(copy) {
        if (copy.chosenDisposition || !copy.grade) {
            return copy.chosenDisposition;
        }
        return this.contradicts(copy)
            ? "quarantine"
            : this.dispositions[copy.grade] || "quarantine";
    }

    needsRun(copy) {
        return this.getLine(copy).tracked && !copy.lotId;
    }

    /** What the server takes; what was not chosen is left to its own proposal. */
    toJSON() {
        return this.copies.map((copy) => ({
            line_id: copy.lineId,
            lot_id: copy.lotId,
            quantity: copy.quantity,
            grade: copy.grade,
            disposition: copy.chosenDisposition,
            contradicts: copy.chosenContradicts,
            wrap: copy.wrap,
            accessories: copy.accessories || null,
            note: copy.note || null,
            checks: Object.entries(copy.checks).map(([id, inOrder]) => [Number(id), inOrder]),
        }));
    }
}
