// Loaded before a process's own code: its clock is CLOCK_AHEAD_MS ahead. The monotonic clock goes as it does.
const aheadMs = Number(process.env.CLOCK_AHEAD_MS);
const TrueDate = Date;

globalThis.Date = class Date extends TrueDate {
  constructor(...parts) {
    if (parts.length === 0) super(TrueDate.now() + aheadMs);
    else super(...parts);
  }

  static now() {
    return TrueDate.now() + aheadMs;
  }
};
