/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/checkpoint.h"

#include "base/cursor.h"
#include "mock-broker/store/big_endian.h"

enum {
	AT_PHYSIC = 0,
	AT_LOGICS = 8,
	AT_INDEX = 16,
	SAFETY_MS = 3000 /* StoreCheckpoint.getMinTimestamp */
};

static void load(struct mb_checkpoint *c)
{
	struct rmqi_cursor at = rmqi_cursor(c->map.bytes, c->map.size);

	(void)(rmqi_cursor_i64(&at, &c->physic_ms) && /* physicMsgTimestamp */
	       rmqi_cursor_i64(&at, &c->logics_ms) && /* logicsMsgTimestamp */
	       rmqi_cursor_i64(&at, &c->index_ms));   /* indexMsgTimestamp */
}

/* A file that is too short is extended, as Java's map does; a longer one is kept. */
static enum rmq_error map(struct mb_checkpoint *c, const char *path)
{
	enum rmq_error err = c->fs->map(c->fs, path, 0, &c->map);

	if (err == RMQ_OK && c->map.size >= MB_CHECKPOINT_SIZE)
		return RMQ_OK;
	if (err == RMQ_OK)
		c->fs->unmap(c->fs, &c->map);
	else if (err != RMQ_ERR_NOT_FOUND)
		return err;
	return c->fs->map(c->fs, path, MB_CHECKPOINT_SIZE, &c->map);
}

enum rmq_error mb_checkpoint_open(struct mb_checkpoint *c, const struct mb_fs *fs, const char *path)
{
	enum rmq_error err;

	*c = (struct mb_checkpoint){.fs = fs};
	err = map(c, path);
	if (err != RMQ_OK)
		return err;
	err = fs->reserve(fs, &c->map, 0, MB_CHECKPOINT_SIZE);
	if (err == RMQ_OK)
		load(c);
	else
		mb_checkpoint_close(c);
	return err;
}

void mb_checkpoint_close(struct mb_checkpoint *c)
{
	if (c->map.bytes)
		c->fs->unmap(c->fs, &c->map);
	c->map.bytes = NULL;
}

enum rmq_error mb_checkpoint_write(struct mb_checkpoint *c, int64_t stored_ms, int64_t index_ms)
{
	mb_put_i64(c->map.bytes + AT_PHYSIC, stored_ms);
	mb_put_i64(c->map.bytes + AT_LOGICS, stored_ms);
	mb_put_i64(c->map.bytes + AT_INDEX, index_ms);
	c->physic_ms = c->logics_ms = stored_ms;
	c->index_ms = index_ms;
	return c->fs->sync(c->fs, &c->map, 0, MB_CHECKPOINT_SIZE);
}

int64_t mb_checkpoint_recovery_ms(const struct mb_checkpoint *c)
{
	int64_t least = c->physic_ms < c->logics_ms ? c->physic_ms : c->logics_ms;

	return least > SAFETY_MS ? least - SAFETY_MS : 0;
}
