const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const key = `${locale} ${JSON.stringify(options)}`;
	let made = formats.get(key);
	if (!made) {
		made = new Intl.DateTimeFormat(locale, options);
		formats.set(key, made);
	}
	return made;
}

const relatives = new Map<string, Intl.RelativeTimeFormat>();

function relative(locale: string): Intl.RelativeTimeFormat {
	let made = relatives.get(locale);
	if (!made) {
		made = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
		relatives.set(locale, made);
	}
	return made;
}

/** daysBetween counts the midnights between two times, in the user's time zone. */
export function daysBetween(earlier: Date, later: Date): number {
	const a = new Date(earlier.getFullYear(), earlier.getMonth(), earlier.getDate());
	const b = new Date(later.getFullYear(), later.getMonth(), later.getDate());
	return Math.round((b.getTime() - a.getTime()) / day);
}

/** shortTime says when something was as a list does: a time today, then "Yesterday", a weekday, a date. */
export function shortTime(at: Date, now: Date, locale: string): string {
	const days = daysBetween(at, now);
	if (days <= 0) return timeOfDay(at, locale);
	if (days === 1) return capital(relativeDay(-1, locale), locale);
	if (days < 7) return format(locale, { weekday: "short" }).format(at);
	if (at.getFullYear() === now.getFullYear()) {
		return format(locale, { day: "numeric", month: "short" }).format(at);
	}
	return format(locale, { dateStyle: "short" }).format(at);
}

/** timeOfDay says the time without the day. */
export function timeOfDay(at: Date, locale: string): string {
	return format(locale, { timeStyle: "short" }).format(at);
}

/** fullTime says day and time in full. */
export function fullTime(at: Date, locale: string): string {
	return format(locale, { dateStyle: "full", timeStyle: "short" }).format(at);
}

/** dayName heads a day of messages: "Today", "Yesterday", "Tuesday, March 3". */
export function dayName(at: Date, now: Date, locale: string): string {
	const days = daysBetween(at, now);
	if (days === 0 || days === 1) return capital(relativeDay(-days, locale), locale);
	const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
	return format(locale, { weekday: "long", day: "numeric", month: "long", ...year }).format(at);
}

/** distance says how far a time is away: "in 3 hours", "2 days ago". */
export function distance(at: Date, now: Date, locale: string): string {
	const words = relative(locale);
	const away = at.getTime() - now.getTime();
	const size = Math.abs(away);
	if (size < hour) return words.format(Math.round(away / minute), "minute");
	if (size < day) return words.format(Math.round(away / hour), "hour");
	return words.format(Math.round(away / day), "day");
}

function relativeDay(offset: number, locale: string): string {
	return relative(locale).format(offset, "day");
}

function capital(text: string, locale: string): string {
	return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}
