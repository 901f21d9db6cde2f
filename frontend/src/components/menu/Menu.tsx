import { lazy, type RefObject, Suspense } from "react";
import type { IconName } from "../icon/files";

/** MenuItem is one line of a menu. */
export interface MenuItem {
	readonly id: string;
	readonly label: string;
	readonly icon?: IconName;
	/** A second line; for a disabled item, why it is disabled. */
	readonly note?: string;
	/** A disabled item can still be reached, so that its reason is heard. */
	readonly disabled?: boolean;
	/** A check mark: this is the current choice of its group. */
	readonly checked?: boolean;
	readonly onPress?: () => void;
	/** A submenu, instead of onPress. */
	readonly items?: readonly MenuItem[];
}

/** MenuGroup is a part of a menu between two lines. */
export interface MenuGroup {
	readonly id: string;
	readonly title?: string;
	readonly items: readonly MenuItem[];
}

/** MenuProps are what a menu needs from whoever opens it. */
export interface MenuProps {
	label: string;
	/** The button it hangs at, which gets the focus back. */
	anchor: RefObject<HTMLElement | null>;
	groups: readonly MenuGroup[];
	/** Opened by keyboard: the first item has the focus, else the menu itself. */
	byKeyboard: boolean;
	onClose: () => void;
}

const load = () => import("./MenuPopup").then((m) => ({ default: m.MenuPopup }));
const MenuPopup = lazy(load);

/**
 * Menu is an open menu. Its machinery is read when the first menu opens, or
 * when the pane has nothing else to do (`warmMenu`).
 */
export function Menu(props: MenuProps) {
	return (
		<Suspense>
			<MenuPopup {...props} />
		</Suspense>
	);
}

/** warmMenu reads the machinery of menus ahead of the first use; a failure shows at the first use. */
export function warmMenu(): void {
	load().catch(() => undefined);
}

/** openedBy tells whether a click came from the keyboard, which makes clicks that count no presses. */
export function openedBy(click: { detail: number }): "keys" | "pointer" {
	return click.detail === 0 ? "keys" : "pointer";
}
