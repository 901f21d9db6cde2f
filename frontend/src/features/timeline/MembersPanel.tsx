import { useEffect } from "react";
import type { Member } from "../../backend/types";
import { Avatar } from "../../components/avatar/Avatar";
import { presenceOf } from "../../components/avatar/Presence";
import { Tag } from "../../components/badge/Badge";
import { Dialog } from "../../components/dialog/Dialog";
import { useIntent, usePane, useRow } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./MembersPanel.module.css";

/** Props of MembersPanel. */
export interface MembersPanelProps {
	members: readonly Member[];
	onClose: () => void;
}

/** MembersPanel lists who is in a chat, with presence and marks for guests and owners. */
export function MembersPanel({ members, onClose }: MembersPanelProps) {
	const { backend } = usePane();
	const t = useText();
	const intent = useIntent();
	useEffect(() => {
		intent(backend.api.watchPeople(members.map((m) => m.id)));
	}, [backend, intent, members]);
	return (
		<Dialog title={t("members.count", { count: members.length })} onClose={onClose}>
			<ul className={styles.list} aria-label={t("members.title")}>
				{members.map((member) => (
					<MemberRow key={member.id} member={member} />
				))}
			</ul>
		</Dialog>
	);
}

function MemberRow({ member }: { member: Member }) {
	const { backend, model } = usePane();
	const words = useWords();
	const presence = useRow(model.presence, member.id)?.availability;
	return (
		<li className={styles.row}>
			<Avatar name={member.name} photo={backend.photo(member.id)} availability={presence} />
			<div className={styles.words}>
				<div className={styles.name}>
					<span className={styles.text} dir="auto">
						{member.me ? words.t("members.me", { name: member.name }) : member.name}
					</span>
					{member.guest && <Tag tone="warning">{words.t("members.guest")}</Tag>}
					{member.owner && <Tag>{words.t("members.owner")}</Tag>}
				</div>
				<div className={styles.note}>
					{presence !== undefined && presenceOf(presence) !== "unknown" && (
						<span>{words.code("presence", presenceOf(presence))}</span>
					)}
					<span className={styles.text}>{member.email}</span>
				</div>
			</div>
		</li>
	);
}
