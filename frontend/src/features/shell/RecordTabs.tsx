import type { KeyboardEvent } from "react";
import { CountBadge } from "../../components/badge/Badge";
import { classes } from "../../components/classes";
import { Icon } from "../../components/icon/Icon";
import { recordIcon } from "../../components/icon/records";
import { useIntent, usePane, useRow, useValue } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./RecordTabs.module.css";

/** RecordTabs is the row of open records, home first; nothing shows while none is open. */
export function RecordTabs() {
	const { model } = usePane();
	const t = useText();
	const { open, active } = useValue(model.tabs);
	if (open.length === 0) return null;
	return (
		<div
			role="tablist"
			aria-label={t("shell.records")}
			className={styles.tabs}
			onKeyDown={moveFocus}
		>
			{["", ...open].map((key) => (
				<Tab key={key} recordKey={key} selected={key === active} />
			))}
		</div>
	);
}

function Tab({ recordKey, selected }: { recordKey: string; selected: boolean }) {
	const { backend, model } = usePane();
	const t = useText();
	const run = useIntent();
	const record = useRow(model.records, recordKey);
	const home = recordKey === "";
	const name = home ? t("shell.home") : record?.name || record?.number || t("record.loading");
	const close = () => run(backend.api.closeTab(recordKey));
	return (
		<div className={classes(styles.tab, selected && styles.selected)} role="presentation">
			<button
				type="button"
				role="tab"
				className={styles.name}
				aria-selected={selected}
				aria-keyshortcuts={home ? undefined : "Delete"}
				tabIndex={selected ? 0 : -1}
				title={home ? undefined : [record?.number, name].filter(Boolean).join(" · ")}
				aria-label={home ? name : undefined}
				onClick={() => run(backend.api.activateTab(recordKey))}
				onAuxClick={(event) => {
					if (event.button === 1 && !home) close();
				}}
				onKeyDown={(event) => {
					if (event.key === "Delete" && !home) close();
				}}
			>
				<Icon name={home ? "home" : recordIcon(record?.table ?? "")} size={16} />
				{!home && (
					<span className={styles.text} dir="auto">
						{name}
					</span>
				)}
				{record && (
					<CountBadge count={record.unread} label={t("shell.unread", { count: record.unread })} />
				)}
			</button>
			{!home && (
				// For the mouse: by keyboard, Delete and Ctrl+W close a tab.
				<span
					className={styles.close}
					title={t("shell.closeTab", { name })}
					aria-hidden="true"
					onClick={close}
				>
					<Icon name="close" size={16} />
				</span>
			)}
		</div>
	);
}

/** moveFocus walks through the tabs by arrow, Home and End, as the tab pattern asks. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
	const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
	const at = tabs.indexOf(document.activeElement as HTMLElement);
	if (at < 0) return;
	const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
	const to = {
		ArrowRight: at + forward,
		ArrowLeft: at - forward,
		Home: 0,
		End: tabs.length - 1,
	}[event.key];
	if (to === undefined) return;
	event.preventDefault();
	tabs[(to + tabs.length) % tabs.length]?.focus();
}
