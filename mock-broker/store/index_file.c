/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/index_file.h"

#include <string.h>

#include "base/mem.h"
#include "mock-broker/store/big_endian.h"

enum {
	HEADER_SIZE = 40,
	SLOT_SIZE = 4,
	ITEM_SIZE = 20,
	AT_BEGIN_MS = 0,
	AT_END_MS = 8,
	AT_BEGIN_OFFSET = 16,
	AT_END_OFFSET = 24,
	AT_USED_SLOTS = 32,
	AT_COUNT = 36,
	/* Of an item. */
	AT_OFFSET = 4,
	AT_SECONDS = 12,
	AT_BEFORE = 16,
	/* The first some hundred keys cost a call of the system each; all slots at once would cost 20 MB of disk
	 * in a store of ten messages. */
	PIECE = 64 * 1024,
	ITEMS_STEP = 256 * 1024,
	MS = 1000
};

/* Seconds of an item may be added to it. */
#define MS_MAX (INT64_MAX - (int64_t)INT32_MAX * MS - MS)

struct item {
	int32_t hash;
	int64_t offset;
	int32_t seconds;
	uint32_t before;
};

static size_t items_at(const struct mb_index_shape *shape)
{
	return HEADER_SIZE + (size_t)shape->slots * SLOT_SIZE;
}

static size_t item_at(const struct mb_index_file *f, uint32_t n)
{
	return items_at(&f->shape) + (size_t)n * ITEM_SIZE;
}

static size_t slot_at(uint32_t slot)
{
	return HEADER_SIZE + (size_t)slot * SLOT_SIZE;
}

size_t mb_index_file_size(const struct mb_index_shape *shape)
{
	return items_at(shape) + (size_t)shape->items * ITEM_SIZE;
}

bool mb_index_file_is_full(const struct mb_index_file *f)
{
	return f->count >= f->shape.items;
}

static uint32_t slot_of(const struct mb_index_file *f, int32_t hash)
{
	return (uint32_t)hash % f->shape.slots;
}

/* --- What may be touched ------------------------------------------------------------------- */

static enum rmq_error reserve(struct mb_index_file *f, size_t from, size_t to)
{
	size_t size = f->file->size;
	size_t end = to < size ? to : size;

	return f->file->fs->reserve(f->file->fs, &f->file->map, from, end - from);
}

/* The four bytes at `at`, which lie in header or slots. */
static enum rmq_error ready(struct mb_index_file *f, size_t at)
{
	size_t first = at / PIECE, last = (at + SLOT_SIZE - 1) / PIECE;

	for (size_t i = first; i <= last; i++) {
		enum rmq_error err;

		if (f->pieces[i / 8] & (1u << (i % 8)))
			continue;
		err = reserve(f, i * PIECE, (i + 1) * PIECE);
		if (err != RMQ_OK)
			return err;
		f->pieces[i / 8] |= (uint8_t)(1u << (i % 8));
	}
	return RMQ_OK;
}

static enum rmq_error ready_items(struct mb_index_file *f, size_t end, size_t step)
{
	enum rmq_error err;

	if (end <= f->items_end)
		return RMQ_OK;
	err = reserve(f, f->items_end, end + step);
	if (err == RMQ_OK)
		f->items_end = end + step < f->file->size ? end + step : f->file->size;
	return err;
}

/* --- Header and items ------------------------------------------------------------------------ */

static uint32_t read_u32(const struct mb_index_file *f, size_t at)
{
	return mb_get_u32(f->file->map.bytes + at);
}

static void write_u32(struct mb_index_file *f, size_t at, uint32_t v)
{
	mb_put_u32(f->file->map.bytes + at, v);
}

static void write_header(struct mb_index_file *f)
{
	uint8_t *p = f->file->map.bytes;

	mb_put_i64(p + AT_BEGIN_MS, f->begin_ms);         /* beginTimestamp */
	mb_put_i64(p + AT_END_MS, f->end_ms);             /* endTimestamp */
	mb_put_i64(p + AT_BEGIN_OFFSET, f->begin_offset); /* beginPhyOffset */
	mb_put_i64(p + AT_END_OFFSET, f->end_offset);     /* endPhyOffset */
	mb_put_u32(p + AT_USED_SLOTS, f->used_slots);     /* hashSlotCount */
	mb_put_u32(p + AT_COUNT, f->count);               /* indexCount */
}

static bool read_header(struct mb_index_file *f)
{
	const uint8_t *p = f->file->map.bytes;

	f->begin_ms = mb_get_i64(p + AT_BEGIN_MS);
	f->end_ms = mb_get_i64(p + AT_END_MS);
	f->begin_offset = mb_get_i64(p + AT_BEGIN_OFFSET);
	f->end_offset = mb_get_i64(p + AT_END_OFFSET);
	f->used_slots = mb_get_u32(p + AT_USED_SLOTS);
	f->count = mb_get_u32(p + AT_COUNT);
	if (f->count == 0)
		f->count = 1;
	return f->count <= f->shape.items && f->used_slots <= f->shape.slots &&
	       f->begin_offset >= 0 && f->end_offset >= f->begin_offset && f->begin_ms >= 0 &&
	       f->end_ms >= f->begin_ms && f->end_ms <= MS_MAX;
}

static struct item read_item(const struct mb_index_file *f, uint32_t n)
{
	const uint8_t *p = f->file->map.bytes + item_at(f, n);

	return (struct item){
		.hash = (int32_t)mb_get_u32(p),
		.offset = mb_get_i64(p + AT_OFFSET),
		.seconds = (int32_t)mb_get_u32(p + AT_SECONDS),
		.before = mb_get_u32(p + AT_BEFORE),
	};
}

static void write_item(struct mb_index_file *f, uint32_t n, const struct item *i)
{
	uint8_t *p = f->file->map.bytes + item_at(f, n);

	mb_put_u32(p, (uint32_t)i->hash);                 /* keyHash */
	mb_put_i64(p + AT_OFFSET, i->offset);             /* phyOffset */
	mb_put_u32(p + AT_SECONDS, (uint32_t)i->seconds); /* timeDiff */
	mb_put_u32(p + AT_BEFORE, i->before);             /* prevIndex */
}

/* --- Open, close ------------------------------------------------------------------------------- */

static enum rmq_error file_open(const struct mb_fs *fs, const char *path, size_t size,
				const struct mb_index_shape *shape, struct mb_index_file **out)
{
	size_t pieces = items_at(shape) / PIECE + 1;
	struct mb_index_file *f = rmqi_calloc(1, sizeof(*f));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!f)
		return err;
	f->shape = *shape;
	f->pieces = rmqi_calloc(pieces / 8 + 1, 1);
	if (f->pieces)
		err = mb_file_open(fs, path, 0, size, &f->file);
	if (err != RMQ_OK) {
		mb_index_file_free(f);
		return err;
	}
	/* It is written at random, and flushed as a whole. */
	f->file->wrote = 0;
	f->items_end = items_at(shape);
	if (f->file->map.bytes && fs->set_random)
		fs->set_random(fs, &f->file->map);
	*out = f;
	return RMQ_OK;
}

void mb_index_file_free(struct mb_index_file *f)
{
	if (!f)
		return;
	if (f->file)
		mb_file_unref(f->file);
	rmqi_free(f->pieces);
	rmqi_free(f);
}

enum rmq_error mb_index_file_make(const struct mb_fs *fs, const char *path,
				  const struct mb_index_shape *shape,
				  const struct mb_index_file *before, struct mb_index_file **out)
{
	struct mb_index_file *f;
	enum rmq_error err = file_open(fs, path, mb_index_file_size(shape), shape, &f);

	if (err != RMQ_OK)
		return err;
	err = ready(f, 0);
	if (err != RMQ_OK) {
		mb_index_file_free(f);
		return err;
	}
	f->count = 1;
	if (before) {
		f->begin_ms = f->end_ms = before->end_ms;
		f->begin_offset = f->end_offset = before->end_offset;
	}
	write_header(f);
	*out = f;
	return RMQ_OK;
}

/* Of the map that is there: its header, and the items that it tells of. */
static enum rmq_error load(struct mb_index_file *f)
{
	enum rmq_error err;

	if (f->file->size != mb_index_file_size(&f->shape))
		return RMQ_ERR_CORRUPT;
	err = ready(f, 0);
	if (err != RMQ_OK)
		return err;
	if (!read_header(f))
		return RMQ_ERR_CORRUPT;
	return ready_items(f, item_at(f, f->count), 0);
}

enum rmq_error mb_index_file_load(const struct mb_fs *fs, const char *path,
				  const struct mb_index_shape *shape, struct mb_index_file **out)
{
	struct mb_index_file *f;
	enum rmq_error err = file_open(fs, path, 0, shape, &f);

	if (err != RMQ_OK)
		return err;
	err = load(f);
	if (err == RMQ_OK)
		*out = f;
	else
		mb_index_file_free(f);
	return err;
}

/* --- Put ----------------------------------------------------------------------------------------- */

static int32_t seconds_since(int64_t begin_ms, int64_t store_ms)
{
	int64_t seconds = begin_ms > 0 ? (store_ms - begin_ms) / MS : 0;

	if (seconds > INT32_MAX)
		return INT32_MAX;
	return seconds > 0 ? (int32_t)seconds : 0;
}

static void note_put(struct mb_index_file *f, int64_t offset, int64_t store_ms, bool is_first)
{
	if (f->count == 1) {
		f->begin_offset = offset;
		f->begin_ms = store_ms;
	}
	if (is_first)
		f->used_slots++;
	f->count++;
	f->end_offset = offset;
	f->end_ms = store_ms;
	write_header(f);
}

/* Slots lie all over twenty megabytes. What is not mapped is no fault of a prefetch. */
void mb_index_file_look_ahead(const struct mb_index_file *f, int32_t hash)
{
	__builtin_prefetch(f->file->map.bytes + slot_at(slot_of(f, hash)), 1);
}

enum rmq_error mb_index_file_put(struct mb_index_file *f, int32_t hash, int64_t offset,
				 int64_t store_ms)
{
	size_t slot = slot_at(slot_of(f, hash));
	struct item i = {hash, offset, seconds_since(f->begin_ms, store_ms), 0};
	enum rmq_error err = ready(f, slot);

	if (err == RMQ_OK)
		err = ready_items(f, item_at(f, f->count + 1), ITEMS_STEP);
	if (err != RMQ_OK)
		return err;
	i.before = read_u32(f, slot);
	/* As Java: a slot that names no item is empty. */
	if (i.before > f->count)
		i.before = 0;
	write_item(f, f->count, &i);
	write_u32(f, slot, f->count);
	note_put(f, offset, store_ms, i.before == 0);
	return RMQ_OK;
}

/* --- Find ---------------------------------------------------------------------------------------- */

bool mb_index_file_has_time(const struct mb_index_file *f, int64_t begin_ms, int64_t end_ms)
{
	return begin_ms <= f->end_ms && end_ms >= f->begin_ms;
}

enum rmq_error mb_index_file_find(struct mb_index_file *f, int32_t hash, int64_t begin_ms,
				  int64_t end_ms, struct mb_index_hits *hits)
{
	size_t slot = slot_at(slot_of(f, hash));
	enum rmq_error err = ready(f, slot);
	uint32_t n, behind = f->count;

	if (err != RMQ_OK)
		return err;
	/* Each item names one before it, so that a damaged list ends, too. */
	for (n = read_u32(f, slot);
	     n > 0 && n < behind && hits->count < hits->max && hits->looks > 0; hits->looks--) {
		struct item i = read_item(f, n);
		int64_t ms = f->begin_ms + (int64_t)i.seconds * MS;

		if (i.seconds < 0)
			break;
		if (i.hash == hash && ms >= begin_ms && ms <= end_ms)
			hits->offsets[hits->count++] = i.offset;
		if (ms < begin_ms)
			break;
		behind = n;
		n = i.before;
	}
	return RMQ_OK;
}

/* --- Repair -------------------------------------------------------------------------------------- */

/* Number of the first item that is not sound; heads[] are the slots that the items before it make. */
static uint32_t sound_items(const struct mb_index_file *f, int64_t below, uint32_t *heads)
{
	int64_t least = f->begin_offset;
	uint32_t n;

	for (n = 1; n < f->count; n++) {
		struct item i = read_item(f, n);
		uint32_t *head = &heads[slot_of(f, i.hash)];

		if (i.hash < 0 || i.seconds < 0 || i.offset < least || i.offset >= below ||
		    i.before != *head)
			break;
		least = i.offset;
		*head = n;
	}
	return n;
}

static enum rmq_error write_slots(struct mb_index_file *f, const uint32_t *heads)
{
	enum rmq_error err = RMQ_OK;

	f->used_slots = 0;
	for (uint32_t slot = 0; slot < f->shape.slots && err == RMQ_OK; slot++) {
		f->used_slots += heads[slot] != 0;
		err = ready(f, slot_at(slot));
		if (err == RMQ_OK && read_u32(f, slot_at(slot)) != heads[slot])
			write_u32(f, slot_at(slot), heads[slot]);
	}
	return err;
}

/* The end of what is left. */
static void note_end(struct mb_index_file *f)
{
	if (f->count > 1) {
		struct item last = read_item(f, f->count - 1);

		f->end_offset = last.offset;
		/* Its seconds were rounded down. */
		f->end_ms = f->begin_ms + (int64_t)last.seconds * MS + MS - 1;
	}
	write_header(f);
}

enum rmq_error mb_index_file_repair(struct mb_index_file *f, int64_t below)
{
	uint32_t *heads = rmqi_calloc(f->shape.slots, sizeof(*heads));
	enum rmq_error err;

	if (!heads)
		return RMQ_ERR_NO_MEMORY;
	f->count = sound_items(f, below, heads);
	err = write_slots(f, heads);
	rmqi_free(heads);
	if (err == RMQ_OK)
		note_end(f);
	return err;
}

enum rmq_error mb_index_file_forget_newest(struct mb_index_file *f)
{
	int64_t newest = f->count > 1 ? read_item(f, f->count - 1).offset : 0;
	enum rmq_error err = RMQ_OK;

	while (f->count > 1 && err == RMQ_OK) {
		struct item i = read_item(f, f->count - 1);
		size_t slot = slot_at(slot_of(f, i.hash));

		if (i.offset != newest)
			break;
		err = ready(f, slot);
		if (err != RMQ_OK)
			break;
		write_u32(f, slot, i.before);
		f->used_slots -= i.before == 0 && f->used_slots > 0;
		f->count--;
	}
	note_end(f);
	return err;
}
