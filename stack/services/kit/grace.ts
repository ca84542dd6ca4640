/** From SIGTERM to SIGKILL, unless Docker is told otherwise. */
const GRACE_MS = 10_000;
/** Requests that are in flight get this long to finish. */
export const FINISH_WITHIN_MS = 7_000;
export const CLEAN_UP_WITHIN_MS = 1_500;
/** For timers that come late on a busy machine, and the end of the process itself. */
const SPARE_MS = 500;

/** A longer drain could end in SIGKILL: it is what finishing and cleaning up leave of the grace time. */
export const DRAIN_MAX_MS = GRACE_MS - FINISH_WITHIN_MS - CLEAN_UP_WITHIN_MS - SPARE_MS;
