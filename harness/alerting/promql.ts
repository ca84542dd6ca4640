/**
 * Bad requests that a window must hold before their ratio counts: one failed request on a quiet service is no page. Counts the bad ones
 * and not traffic, so that a quiet service that is wholly down still pages. `increase` extrapolates one of them to at most 1.33.
 */
export const MIN_BAD_PER_WINDOW = 2;

/** The increase of a counter by service over a window. */
export function increasePerService(selector: string, window: string): string {
  return `sum by (service) (increase(${selector}[${window}]))`;
}

/** A matcher for the services of an alert. */
export function serviceMatcher(services: readonly string[]): string {
  return `service=~"${services.map(escapeForRegex).join('|')}"`;
}

function escapeForRegex(text: string): string {
  // A backslash must be doubled inside PromQL's quotes.
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\\\$&');
}
