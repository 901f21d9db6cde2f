import type { ChatRow, PersonRef } from "../../backend/types";
import { Avatar } from "../../components/avatar/Avatar";
import { usePane, useRow } from "../../model/context";
import styles from "./ChatAvatar.module.css";

/** ChatAvatar shows who a chat is with: one face, two for a group, or initials of its name. */
export function ChatAvatar({ row, title }: { row: ChatRow; title: string }) {
	const [first, second] = row.people;
	if (!first) return <Avatar name={title} shape="square" />;
	if (row.kind === "oneOnOne" || !second) return <Face person={first} size={36} />;
	return (
		<span className={styles.pair}>
			<span className={styles.back}>
				<Face person={second} size={24} />
			</span>
			<span className={styles.front}>
				<Face person={first} size={24} />
			</span>
		</span>
	);
}

function Face({ person, size }: { person: PersonRef; size: 24 | 36 }) {
	const { backend, model } = usePane();
	const availability = useRow(model.presence, person.id)?.availability;
	return (
		<Avatar
			name={person.name}
			photo={backend.photo(person.id)}
			size={size}
			availability={availability}
		/>
	);
}
