/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/figures.h"

#include <stdio.h>

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

enum { KEY_MAX = 1024, DAY_S = 24 * 3600 };

/* Length and number of the slots of each window. */
struct scale {
	int64_t slot_s;
	unsigned slots;
};

static const struct scale rates[MB_WINDOWS] = {{1, 10}, {6, 10}, {60, 10}};
static const struct scale stats[MB_WINDOWS] = {{10, 6}, {600, 6}, {3600, 24}};

static int64_t now_s(const struct mb_broker *b)
{
	return mb_broker_wall_ms(b) / 1000;
}

static void window_add(struct mb_window *w, const struct scale *s, int64_t at_s, uint64_t n)
{
	int64_t slot = at_s / s->slot_s;

	/* What is too old goes as its place is taken. */
	for (int64_t i = 0; i < s->slots && slot - i > w->newest; i++)
		w->counts[(uint64_t)(slot - i) % s->slots] = 0;
	if (slot > w->newest)
		w->newest = slot;
	w->at = (uint64_t)slot % s->slots;
	w->counts[w->at] += n;
}

static uint64_t window_sum(const struct mb_window *w, const struct scale *s, int64_t at_s)
{
	int64_t slot = at_s / s->slot_s;
	uint64_t sum = 0;

	for (int64_t i = 0; i < s->slots; i++)
		if (slot - i <= w->newest && slot - i > w->newest - s->slots)
			sum += w->counts[(uint64_t)(slot - i) % s->slots];
	return sum;
}

/* A second. */
static double window_rate(const struct mb_window *w, const struct scale *s, int64_t at_s)
{
	return (double)window_sum(w, s, at_s) / (double)(s->slot_s * s->slots);
}

/* Adds what is pending to the windows. */
static void settle(struct mb_figure *f)
{
	for (size_t i = 0; i < MB_WINDOWS; i++)
		f->windows[i].counts[f->windows[i].at] += f->pending;
	f->settled += f->pending;
	f->pending = 0;
}

/* Within one second, which may be a million messages, there is one number to add to. */
static void figure_add(struct mb_figure *f, const struct scale *scales, int64_t at_s, uint64_t n)
{
	if (at_s == f->at_s) {
		f->pending += n;
		return;
	}
	settle(f);
	f->settled += n;
	for (size_t i = 0; i < MB_WINDOWS; i++)
		window_add(&f->windows[i], &scales[i], at_s, n);
	f->at_s = at_s;
}

/* NULL when memory is out: one figure is missing, no message. */
static struct mb_figure *keyed(struct rmqi_map *map, struct rmqi_str key)
{
	struct mb_figure *f = rmqi_map_get(map, key);

	if (f)
		return f;
	f = rmqi_calloc(1, sizeof(*f));
	if (f && rmqi_map_set(map, key, f, NULL) != RMQ_OK) {
		rmqi_free(f);
		return NULL;
	}
	return f;
}

static void keyed_add(struct rmqi_map *map, struct rmqi_str key, int64_t at_s, uint64_t n)
{
	struct mb_figure *f = keyed(map, key);

	if (f)
		figure_add(f, stats, at_s, n);
}

static void pass_midnight(struct mb_mornings *m, int64_t at_s, uint64_t total)
{
	int64_t day = at_s / DAY_S;

	if (day == m->day)
		return;
	m->yesterday = day == m->day + 1 ? m->today : total;
	m->today = total;
	m->day = day;
}

void mb_figures_init(struct mb_broker *b)
{
	struct mb_figures *f = &b->figures;

	rmqi_map_init(&f->topics);
	rmqi_map_init(&f->groups);
	f->puts.day = f->gets.day = now_s(b) / DAY_S;
}

static void figure_free(void *figure)
{
	struct mb_figure *f = figure;

	rmqi_free(f->sizes);
	rmqi_free(f);
}

void mb_figures_deinit(struct mb_figures *f)
{
	rmqi_map_deinit(&f->topics, figure_free);
	rmqi_map_deinit(&f->groups, figure_free);
}

/* A division is not cheap: there are more messages than seconds. */
static int64_t second_of_put(struct mb_broker *b, int64_t at_ms)
{
	struct mb_figures *f = &b->figures;
	int64_t over = at_ms - f->second_ms;

	if (over < 0 || over >= 1000) {
		f->second = at_ms / 1000;
		f->second_ms = f->second * 1000;
		pass_midnight(&f->puts, f->second, b->put_count);
	}
	return f->second;
}

void mb_figures_put(struct mb_broker *b, struct rmqi_str topic, uint64_t count, int64_t at_ms)
{
	int64_t at_s = second_of_put(b, at_ms);

	figure_add(&b->figures.put, rates, at_s, count);
	keyed_add(&b->figures.topics, topic, at_s, count);
}

/* Figures live as long as the broker. */
void mb_figures_put_to(struct mb_broker *b, struct mb_topic *topic, uint64_t count, int64_t at_ms)
{
	int64_t at_s = second_of_put(b, at_ms);

	if (!topic->put_figure)
		topic->put_figure = keyed(&b->figures.topics, rmqi_str(topic->config.topic_name));
	figure_add(&b->figures.put, rates, at_s, count);
	if (topic->put_figure)
		figure_add(topic->put_figure, stats, at_s, count);
}

/* BrokerMetricsManager.initMetricsView */
const int64_t mb_size_bounds[MB_SIZE_BOUNDS] = {1 << 10, 4 << 10, 512 << 10, 1 << 20, 2 << 20, 4 << 20};

void mb_figures_sized(const struct mb_topic *topic, enum mb_message_type type, uint64_t count,
		      uint64_t bytes)
{
	struct mb_figure *f = topic->put_figure;
	uint64_t size = count > 1 ? bytes / count : bytes;
	size_t at = 0;

	if (f && !f->sizes)
		f->sizes = rmqi_calloc(1, sizeof(*f->sizes));
	if (!f || !f->sizes)
		return;
	while (at < MB_SIZE_BOUNDS && size > (uint64_t)mb_size_bounds[at])
		at++;
	f->sizes->of[type].messages += count;
	f->sizes->of[type].sends[at]++;
	f->sizes->of[type].bytes += size;
}

/* "topic@group"; empty when it is too long. */
static struct rmqi_str group_key(struct rmqi_str topic, struct rmqi_str group, char *buf)
{
	int len = snprintf(buf, KEY_MAX, "%.*s@%.*s", RMQI_STR_ARG(topic), RMQI_STR_ARG(group));

	return rmqi_str_n(buf, len > 0 && len < KEY_MAX ? (size_t)len : 0);
}

void mb_figures_got(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		    uint64_t count)
{
	struct mb_figures *f = &b->figures;
	int64_t at_s = now_s(b);
	char buf[KEY_MAX];
	struct rmqi_str key;

	pass_midnight(&f->gets, at_s, b->get_count);
	figure_add(&f->asked, rates, at_s, 1);
	figure_add(count > 0 ? &f->found : &f->missed, rates, at_s, 1);
	if (count == 0)
		return;
	figure_add(&f->transferred, rates, at_s, count);
	key = group_key(topic, group, buf);
	if (key.len)
		keyed_add(&f->groups, key, at_s, count);
}

void mb_figure_write(const struct mb_broker *b, struct mb_figure *f, const char *name,
		     const char *unknown, struct rmqi_buf *out)
{
	int64_t alive_s = (mb_broker_wall_ms(b) - b->boot_ms) / 1000;

	settle(f);
	mb_json_name(out, name);
	rmqi_buf_add_u8(out, '"');
	for (size_t i = 0; i < MB_WINDOWS; i++) {
		int64_t seconds = rates[i].slot_s * rates[i].slots;

		if (i > 0)
			rmqi_buf_add_u8(out, ' ');
		if (seconds > alive_s)
			rmqi_buf_add_text(out, unknown);
		else
			rmqi_json_add_real(out,
					   window_rate(&f->windows[i], &rates[i], now_s(b)));
	}
	rmqi_buf_add_u8(out, '"');
}

const struct mb_mornings *mb_figures_puts(struct mb_broker *b)
{
	pass_midnight(&b->figures.puts, now_s(b), b->put_count);
	return &b->figures.puts;
}

const struct mb_mornings *mb_figures_gets(struct mb_broker *b)
{
	pass_midnight(&b->figures.gets, now_s(b), b->get_count);
	return &b->figures.gets;
}

static void add_window(struct rmqi_buf *out, const char *name, const struct mb_window *w,
		       const struct scale *s, int64_t at_s)
{
	uint64_t sum = window_sum(w, s, at_s);

	mb_json_name(out, name);
	rmqi_buf_addf(out, "{\"avgpt\":%s,\"sum\":%llu,\"tps\":", sum ? "1.0" : "0.0",
		      (unsigned long long)sum);
	rmqi_json_add_real(out, window_rate(w, s, at_s));
	rmqi_buf_add_u8(out, '}');
}

static double last_minute(const struct mb_broker *b, struct mb_figure *f)
{
	if (!f)
		return 0;
	settle(f);
	return window_rate(&f->windows[0], &stats[0], now_s(b));
}

double mb_figures_topic_tps(const struct mb_broker *b, struct rmqi_str topic)
{
	return last_minute(b, rmqi_map_get(&b->figures.topics, topic));
}

double mb_figures_group_tps(const struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group)
{
	char buf[KEY_MAX];
	struct rmqi_str key = group_key(topic, group, buf);

	return key.len ? last_minute(b, rmqi_map_get(&b->figures.groups, key)) : 0;
}

bool mb_figures_view(const struct mb_broker *b, struct rmqi_str name, struct rmqi_str key,
		     struct rmqi_buf *out)
{
	static const char *const names[MB_WINDOWS] = {"statsMinute", "statsHour", "statsDay"};
	struct mb_figure *f = NULL;

	if (rmqi_str_is(name, "TOPIC_PUT_NUMS"))
		f = rmqi_map_get(&b->figures.topics, key);
	else if (rmqi_str_is(name, "GROUP_GET_NUMS"))
		f = rmqi_map_get(&b->figures.groups, key);
	if (!f)
		return false;
	settle(f);
	rmqi_buf_reset(out);
	rmqi_buf_add_u8(out, '{');
	for (size_t i = MB_WINDOWS; i-- > 0;)
		add_window(out, names[i], &f->windows[i], &stats[i], now_s(b));
	rmqi_buf_add_u8(out, '}');
	return true;
}
