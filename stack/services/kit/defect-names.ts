/** Every defect that an image can be built with; `good` is none. Health and metrics requests never meet those of requests. */
export const DEFECTS = [
  ...(['good', 'errors', 'few-errors', 'client-errors', 'wrong-answers', 'empty-answers', 'cut-answers'] as const),
  ...(['hangs', 'slow', 'slow-tail', 'slower-and-slower', 'leaks-memory'] as const),
  ...(['crashes-at-boot', 'crashes-later', 'wrong-settings', 'wrong-port', 'never-ready', 'flaps'] as const),
  ...(['ignores-sigterm', 'lacks-migration', 'loses-sessions', 'one-bad-replica', 'one-replica-only'] as const),
  // In what a release leaves behind for the one before it.
  ...(['new-status', 'renamed-field', 'cache-shape', 'cookie-format', 'message-format'] as const),
  // In what two releases make of each other that both get on with all that is old.
  'currencies',
  // In what may be there only once.
  'unfenced',
  // No defects: one that its runtime stops for a moment, and one of which a replica came to a bad place.
  ...(['pauses-once', 'one-bad-place'] as const),
  // No defects: releases that come with a migration.
  ...(['writes-channel', 'without-status'] as const),
] as const;

export type DefectName = (typeof DEFECTS)[number];
