import { act, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { describe, expect, it } from "vitest";
import { type Later, later, useLater } from "./later";

interface Props {
	name: string;
}

function Shown({ part }: { part: Later<Props> }) {
	const Part = useLater(part);
	return (
		<Suspense fallback="reading">
			<Part name="Ada" />
		</Suspense>
	);
}

const greeting = async () => (props: Props) => `Hello ${props.name}`;

describe("later", () => {
	it("reads a part when it is first drawn", async () => {
		const part = later(greeting);
		render(<Shown part={part} />);
		expect(screen.getByText("reading")).toBeDefined();
		expect(await screen.findByText("Hello Ada")).toBeDefined();
	});

	it("draws a part that was read ahead at once", async () => {
		const part = later(greeting);
		await act(async () => part.warm());
		render(<Shown part={part} />);
		expect(document.body.textContent).toBe("Hello Ada");
	});

	it("keeps a part that is on the screen when it is read again", async () => {
		let made = 0;
		const part = later<Props>(async () => {
			made += 1;
			return () => `made ${made}`;
		});
		const { rerender } = render(<Shown part={part} />);
		const text = await screen.findByText("made 1");
		await act(async () => part.warm());
		rerender(<Shown part={part} />);
		expect(document.body.contains(text)).toBe(true);
	});
});
