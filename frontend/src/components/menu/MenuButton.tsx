import { useRef, useState } from "react";
import { IconButton, type IconButtonProps } from "../button/IconButton";
import { Menu, type MenuGroup, openedBy, warmMenu } from "./Menu";

/** Props of MenuButton. */
export interface MenuButtonProps extends Omit<IconButtonProps, "onClick"> {
	/** Called when the menu opens and while it is open. */
	groups: () => readonly MenuGroup[];
}

/** MenuButton is an icon button that opens a menu. */
export function MenuButton({ groups, ...button }: MenuButtonProps) {
	const anchor = useRef<HTMLButtonElement>(null);
	const [open, setOpen] = useState<"" | "keys" | "pointer">("");
	return (
		<>
			<IconButton
				{...button}
				ref={anchor}
				aria-haspopup="menu"
				aria-expanded={open !== ""}
				onPointerEnter={warmMenu}
				onClick={(event) => setOpen(open === "" ? openedBy(event) : "")}
				onKeyDown={(event) => {
					if (event.key === "ArrowDown") {
						event.preventDefault();
						event.stopPropagation();
						setOpen("keys");
					}
				}}
			/>
			{open !== "" && (
				<Menu
					label={button.label}
					anchor={anchor}
					groups={groups()}
					byKeyboard={open === "keys"}
					onClose={() => setOpen("")}
				/>
			)}
		</>
	);
}
