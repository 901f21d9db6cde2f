import { useSyncExternalStore } from "react";
import { useLocale } from "../../text/context";
import { distance, fullTime, shortTime } from "./relative";

/** Props of RelativeTime. */
export interface RelativeTimeProps {
	/** RFC 3339; nothing shows for an empty text. */
	time: string;
	/** "list" is a time or day, "distance" is "in 3 hours". */
	look?: "list" | "distance";
}

/** RelativeTime says when something was or will be, and stays true as time passes. */
export function RelativeTime({ time, look = "list" }: RelativeTimeProps) {
	const locale = useLocale();
	const now = useNow();
	const at = new Date(time);
	if (Number.isNaN(at.getTime())) return null;
	const say = look === "list" ? shortTime : distance;
	return (
		<time dir="auto" dateTime={time} title={fullTime(at, locale)}>
			{say(at, now, locale)}
		</time>
	);
}

/** useNow returns the current minute and rerenders when it passes; all share one timer. */
export function useNow(): Date {
	return useSyncExternalStore(clock.subscribe, clock.get);
}

const clock = (() => {
	const listeners = new Set<() => void>();
	let now = new Date();
	let timer: ReturnType<typeof setInterval> | undefined;
	const tick = () => {
		now = new Date();
		for (const listener of [...listeners]) listener();
	};
	return {
		get: () => now,
		subscribe(listener: () => void) {
			if (listeners.size === 0) {
				now = new Date();
				timer = setInterval(tick, 30_000);
			}
			listeners.add(listener);
			return () => {
				listeners.delete(listener);
				if (listeners.size === 0) clearInterval(timer);
			};
		},
	};
})();
