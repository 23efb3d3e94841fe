/** The time styles of `watch --time`. Times are microseconds since 1970. @module */

export const TIME_STYLES = ["unix", "utc", "local", "delta", "elapsed", "none"] as const;

export type TimeStyle = typeof TIME_STYLES[number];

const pad = (value: number, width: number) => String(value).padStart(width, "0");

/** Seconds and microseconds, as in `1767323045.678901`. */
export function unixTime(micros: number): string {
  return `${Math.floor(micros / 1e6)}.${pad(micros % 1e6, 6)}`;
}

/** RFC 3339 in UTC with microseconds, as in `2026-01-02T03:04:05.678901Z`. */
export function utcTime(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${pad(micros % 1e6, 6)}Z`;
}

/** RFC 3339 in local time with microseconds, as in `2026-01-02T04:04:05.678901+01:00`. */
export function localTime(micros: number): string {
  const offset = -new Date(Math.floor(micros / 1000)).getTimezoneOffset();
  const shifted = utcTime(micros + offset * 60e6).slice(0, -1);
  const ahead = Math.abs(offset);
  return `${shifted}${offset < 0 ? "-" : "+"}${pad(Math.floor(ahead / 60), 2)}:${pad(ahead % 60, 2)}`;
}

/** A duration in seconds, as in `0.000123`. */
export function spanTime(micros: number): string {
  const size = Math.abs(micros);
  return `${micros < 0 ? "-" : ""}${Math.floor(size / 1e6)}.${pad(size % 1e6, 6)}`;
}

/** Formats the times of a watch, also relative to its start and to the last event. */
export class Timeline {
  #previous: number | undefined;

  constructor(readonly start: number) {}

  /**
   * Takes the time of an event, from which the next `delta` counts.
   *
   * @returns Formats that time. `delta` is 0 for the first event; `none` is empty.
   */
  at(micros: number): (style: TimeStyle) => string {
    const delta = micros - (this.#previous ?? micros);
    this.#previous = micros;
    return (style) => {
      switch (style) {
        case "unix":
          return unixTime(micros);
        case "utc":
          return utcTime(micros);
        case "local":
          return localTime(micros);
        case "delta":
          return spanTime(delta);
        case "elapsed":
          return spanTime(micros - this.start);
        case "none":
          return "";
      }
    };
  }
}
