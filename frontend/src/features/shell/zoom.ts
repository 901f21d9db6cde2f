const steps = [50, 67, 80, 90, 100, 110, 125, 150, 175, 200];

/** stepZoom returns the next larger (1) or smaller (-1) text zoom in percent. */
export function stepZoom(zoom: number, direction: 1 | -1): number {
	if (direction === 1) return steps.find((s) => s > zoom) ?? 200;
	return steps.findLast((s) => s < zoom) ?? 50;
}
