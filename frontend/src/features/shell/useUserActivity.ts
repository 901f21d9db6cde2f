import { useEffect } from "react";
import { usePane } from "../../model/context";

const often = 15_000;

/** useUserActivity tells the core when the user is here: the clock of syncing hangs on it. */
export function useUserActivity(): void {
	const { backend } = usePane();
	useEffect(() => {
		let last = 0;
		// Both are hints: one that is lost costs nothing, the next follows.
		const active = () => {
			const now = Date.now();
			if (now - last < often) return;
			last = now;
			backend.api.active().catch(() => undefined);
		};
		const visible = () => {
			const state = document.visibilityState === "hidden" ? "hidden" : "visible";
			backend.api.visible(state).catch(() => undefined);
		};
		visible();
		document.addEventListener("visibilitychange", visible);
		document.addEventListener("keydown", active);
		document.addEventListener("pointerdown", active);
		document.addEventListener("pointermove", active, { passive: true });
		return () => {
			document.removeEventListener("visibilitychange", visible);
			document.removeEventListener("keydown", active);
			document.removeEventListener("pointerdown", active);
			document.removeEventListener("pointermove", active);
		};
	}, [backend]);
}
