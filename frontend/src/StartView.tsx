import type { ComponentProps } from "react";
import { PeoplePicker } from "./features/people/PeoplePicker";
import { StartChat } from "./features/start/StartChat";
import { Suggested } from "./features/start/Suggested";
import { useText } from "./text/context";

/** StartView is the form of a new chat with the picker of people in it. */
export function StartView(props: Omit<ComponentProps<typeof StartChat>, "picker">) {
	const t = useText();
	const { record } = props.form;
	return (
		<StartChat
			{...props}
			picker={(field) => (
				<>
					<PeoplePicker {...field} label={t("start.people")} autoFocus />
					{record !== "" && (
						<Suggested record={record} chosen={field.chosen} onChange={field.onChange} />
					)}
				</>
			)}
		/>
	);
}
