/** Loaded into n8n before all else: its clock goes ahead by so many milliseconds, so that a cron is soon due. */
const ahead = Number(process.env.TEST_CLOCK_AHEAD);
const { now } = Date;

globalThis.Date = new Proxy(Date, {
	construct: (target, args, newTarget) =>
		Reflect.construct(target, args.length === 0 ? [now() + ahead] : args, newTarget),
	get: (target, property) =>
		property === 'now' ? () => now() + ahead : Reflect.get(target, property),
});
