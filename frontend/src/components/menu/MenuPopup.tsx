import type { ComponentProps } from "react";
import {
	Header,
	Menu,
	MenuItem,
	MenuSection,
	Popover,
	Separator,
	SubmenuTrigger,
	Text,
} from "react-aria-components";
import { Icon } from "../icon/Icon";
import type { MenuItem as Item, MenuGroup, MenuProps } from "./Menu";
import styles from "./Menu.module.css";

/** MenuPopup is the machinery of Menu, apart so that it is read only when a menu opens. */
export function MenuPopup({ label, anchor, groups, byKeyboard, onClose }: MenuProps) {
	return (
		<Popover
			className={styles.popover ?? ""}
			aria-label={label}
			triggerRef={anchor}
			isOpen
			onOpenChange={(open) => {
				if (!open) onClose();
			}}
			placement="bottom end"
			offset={4}
		>
			<Menu
				className={styles.menu ?? ""}
				aria-label={label}
				autoFocus={byKeyboard ? "first" : true}
				onClose={onClose}
			>
				{groups.flatMap((group, i) => [
					...(i > 0 ? [<Separator key={`${group.id}-line`} className={styles.line ?? ""} />] : []),
					section(group),
				])}
			</Menu>
		</Popover>
	);
}

function section({ id, title, items }: MenuGroup) {
	return (
		<MenuSection key={id} id={id} {...(title === undefined ? { "aria-label": id } : {})}>
			{title !== undefined && <Header className={styles.title ?? ""}>{title}</Header>}
			{items.map(entry)}
		</MenuSection>
	);
}

function entry(item: Item) {
	if (!item.items) return <Entry key={item.id} item={item} />;
	return (
		<SubmenuTrigger key={item.id}>
			<Entry item={item} />
			<Popover className={styles.popover ?? ""} aria-label={item.label} offset={-2}>
				<Menu className={styles.menu ?? ""} aria-label={item.label}>
					{item.items.map(entry)}
				</Menu>
			</Popover>
		</SubmenuTrigger>
	);
}

function Entry({ item }: { item: Item }) {
	const disabled = item.disabled === true;
	return (
		<MenuItem
			id={item.id}
			textValue={item.label}
			className={styles.item ?? ""}
			onAction={() => {
				if (!disabled) item.onPress?.();
			}}
			render={(props) => (
				<div
					{...(props as ComponentProps<"div">)}
					aria-disabled={disabled || undefined}
					{...(item.checked === undefined
						? {}
						: { role: "menuitemradio", "aria-checked": item.checked })}
				/>
			)}
		>
			<span className={styles.icon}>
				{item.checked === true ? <Icon name="check" /> : item.icon && <Icon name={item.icon} />}
			</span>
			<span className={styles.words}>
				<Text slot="label" className={styles.label ?? ""} dir="auto">
					{item.label}
				</Text>
				{item.note !== undefined && (
					<Text slot="description" className={styles.note ?? ""} dir="auto">
						{item.note}
					</Text>
				)}
			</span>
			{item.items && <Icon name="end" size={16} />}
		</MenuItem>
	);
}
