import { useState } from "react";
import type { ChatRow, Member } from "../../backend/types";
import { Avatar } from "../../components/avatar/Avatar";
import { IconButton } from "../../components/button/IconButton";
import { Icon } from "../../components/icon/Icon";
import { MenuButton } from "../../components/menu/MenuButton";
import { useIntent, usePane, useRow, useValue } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useText, useWords } from "../../text/context";
import styles from "./ChatHead.module.css";
import { chatMenu } from "./chatMenu";
import { MembersPanel } from "./MembersPanel";
import { RecordChip } from "./RecordChip";

/** Props of ChatHead. */
export interface ChatHeadProps {
	row: ChatRow | undefined;
	members: readonly Member[];
	onBack?: (() => void) | undefined;
	onSearch?: (() => void) | undefined;
}

/** ChatHead tells which chat this is, which records it is connected to, and who is in it. */
export function ChatHead({ row, members, onBack, onSearch }: ChatHeadProps) {
	const t = useText();
	const [people, setPeople] = useState(false);
	const count = row?.members ?? members.length;
	return (
		<header className={styles.head}>
			{onBack && <IconButton icon="back" label={t("timeline.back")} onClick={onBack} />}
			<span className={styles.face}>
				<Face row={row} />
			</span>
			<div className={styles.words}>
				<h2 className={styles.title} dir="auto" title={row?.title}>
					{row?.title || t("timeline.onlyYou")}
				</h2>
				<div className={styles.facts}>
					{row?.records.map((record) => (
						<RecordChip key={record.key} record={record} />
					))}
					{count > 0 && (
						<button type="button" className={styles.people} onClick={() => setPeople(true)}>
							<Icon name="people" size={16} />
							{t("members.count", { count })}
						</button>
					)}
				</div>
			</div>
			{row && <ChatMenu row={row} onSearch={onSearch} />}
			{people && <MembersPanel members={members} onClose={() => setPeople(false)} />}
		</header>
	);
}

function Face({ row }: { row: ChatRow | undefined }) {
	const { backend, model } = usePane();
	const other = row?.kind === "oneOnOne" ? row.people[0] : undefined;
	const presence = useRow(model.presence, other?.id ?? "");
	if (other) {
		return (
			<Avatar
				name={other.name}
				photo={backend.photo(other.id)}
				availability={presence?.availability}
			/>
		);
	}
	return <Avatar name={row?.title ?? ""} shape="square" />;
}

function ChatMenu({ row, onSearch }: { row: ChatRow; onSearch: (() => void) | undefined }) {
	const { backend, model } = usePane();
	const words = useWords();
	const intent = useIntent();
	const { active } = useValue(model.tabs);
	const record = useRow(model.records, active);
	const onStart = (form: StartForm) => model.views.start(active, form);
	return (
		<MenuButton
			icon="more"
			label={words.t("timeline.more")}
			groups={() => chatMenu({ row, record, api: backend.api, intent, words, onStart, onSearch })}
		/>
	);
}
