/** Sizes, also for scripts of pages. */

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Decimal size as file managers show it: `644 B`, `12.3 MB`. */
export function bytes(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? "B"}`;
}
