/** Defines one switch; `switches.mts` and `checkout/switches.mts` are tables of switches. */

export interface Switch<T> {
	readonly note: string;
	readonly initial: T;
	/** The allowed values; missing when any value of the default's type is allowed. */
	readonly options?: readonly T[];
	/** Also allowed besides the default's type. */
	readonly nullable?: boolean;
}

export const oneOf = <const T extends readonly [unknown, unknown, ...unknown[]]>(
	note: string,
	...options: T
): Switch<T[number]> => ({ note, initial: options[0], options });
export const flag = (note: string, initial: boolean): Switch<boolean> => ({
	note,
	initial,
	options: [true, false],
});
export const value = <T,>(note: string, initial: T): Switch<T> => ({
	note,
	initial,
});
export const valueOrNull = <T,>(note: string, initial: T | null): Switch<T | null> => ({
	note,
	initial,
	nullable: true,
});
