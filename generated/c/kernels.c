/* The machinery as a library: layers of any cell, forwards and backwards, one direction at a time. */
#include <stdint.h>

#include "trial.h"

#define PUBLIC __attribute__((visibility("default")))

/* The names of a cell's tensors, constants and sizes from NAMED on, as they are given; NULL after the last. */
PUBLIC const char *derive_tensor(const Cell *cell, long i) { return i < cell->tensors ? cell->tensor[i].name : NULL; }
PUBLIC const char *derive_constant(const Cell *cell, long i) { return i < cell->constants ? cell->constant[i] : NULL; }
PUBLIC const char *derive_size(const Cell *cell, long i) { return i < cell->axes - NAMED ? cell->size[i] : NULL; }

#ifdef PLAIN
typedef uint64_t Words;
#else
typedef uint64_t Words __attribute__((vector_size(VECTOR_BYTES)));
#endif
enum { MIXED = 8, WORDS = MIXED * (int)(sizeof(Words) / sizeof(uint64_t)) }; /* side by side: each waits for itself */
#define MIX(digest, word) digest = (digest ^ (word)) * 0x94d049bb133111ebu, digest ^= digest >> 29

INLINE void mix_block(Words digest[MIXED], const unsigned char *from)
{
    UNROLL for (int k = 0; k < MIXED; k++) {
        Words next;
        memcpy(&next, from + (size_t)k * sizeof next, sizeof next);
        MIX(digest[k], next);
    }
}

static void mix_bytes(Words digest[MIXED], const unsigned char *from, size_t bytes)
{
    Words own[MIXED];
    unsigned char rest[sizeof own] = {0};
    memcpy(own, digest, sizeof own);
    for (; bytes >= sizeof own; bytes -= sizeof own, from += sizeof own)
        mix_block(own, from);
    memcpy(rest, from, bytes);
    mix_block(own, rest);
    memcpy(digest, own, sizeof own);
}

/* Of parameters; each share is a thread's. */
typedef struct {
    const Cell *cell;
    const long *size;
    const void *const *tensor;
    uint64_t found[TEAM];
} Digest;

static size_t numbers_of(const Digest *d, int i)
{
    const Tensor *t = &d->cell->tensor[i];
    return d->tensor[i] ? (size_t)(t->blocks * d->size[t->rows] * columns_of(t, d->size)) : 0;
}

static void digest_share(void *with, int me, int size)
{
    Digest *d = with;
    Words digest[MIXED] = {0};
    uint64_t found = 0, word[WORDS];
    for (int i = 0; i < d->cell->tensors; i++) {
        size_t n = numbers_of(d, i), from = n * (size_t)me / (size_t)size, to = n * (size_t)(me + 1) / (size_t)size;
        MIX(found, d->tensor[i] != NULL);
        if (d->tensor[i])
            mix_bytes(digest, (const unsigned char *)d->tensor[i] + from * sizeof(real), (to - from) * sizeof(real));
    }
    memcpy(word, digest, sizeof word);
    for (int k = 0; k < WORDS; k++)
        MIX(found, word[k]);
    d->found[me] = found;
}

enum { DIGEST_BYTES = 1 << 20 }; /* from here on, reading takes longer than to call the other threads */

/* A digest of the parameters, for sizes as in weights, to tell whether they have changed: it is no secret, and need not
 * resist an enemy. Other threads give others. */
PUBLIC uint64_t derive_digest(const Cell *cell, const long *size, const void *const *tensor, long threads)
{
    Digest d = {cell, size, tensor, {0}};
    uint64_t found = 0;
    size_t bytes = 0;
    for (int i = 0; i < cell->tensors; i++)
        bytes += numbers_of(&d, i) * sizeof(real);
    int team = bytes < DIGEST_BYTES ? 1 : team_size(threads);
    if (!in_parallel(digest_share, &d, team))
        digest_share(&d, 0, team = 1);
    for (int i = 0; i < team; i++)
        MIX(found, d.found[i]);
    return found;
}

/* NULL if memory is short, or there are no such numbers. */
PUBLIC Weights *derive_weights(const Cell *cell, const long *sizes, int prepared, int narrow)
{
    return narrow > NARROW ? NULL : weights_new(cell, sizes, prepared, narrow);
}
PUBLIC void derive_weights_free(Weights *w) { weights_free(w); }

/* Packs the parameters, the tensors in the cell's order; 0 if memory is short. */
PUBLIC int derive_pack(Weights *w, const real *const *tensor, const double *constants, int backward, long threads)
{
    Packing job = {w, tensor, constants, backward, 0};
    memset(w->parts->stage, 0, sizeof w->parts->stage); /* all are MISSING */
    if (!in_parallel(pack_share, &job, team_size(threads)))
        pack_share(&job, 0, 1);
    return !job.failed;
}

/* layout: where the caller's rows are, NULL if they follow each other. way: how products go where they may
 * (places.h). */
PUBLIC Memory *derive_memory(const Weights *w, long steps, long batch, long threads, int keep, const Layout *layout,
                             int way)
{
    return memory_new(w, steps, batch, threads, keep, layout, way);
}

/* The last of the ways (places.h) that products of so many sequences may go. */
PUBLIC int derive_last_way(const Weights *w, long batch, long threads, int keep)
{
    return last_way(w, batch, threads, keep);
}
PUBLIC void derive_memory_free(Memory *m) { memory_free(m); }

/* Both give 0 if there are fewer threads now than the memory is made for. The backward pass is that of the memory's
 * last forward pass, whose x and y are as they were. */
PUBLIC int derive_forward(Memory *m, const Weights *w, const Call *call) { return run(forward_share, m, w, call); }
PUBLIC int derive_backward(Memory *m, const Weights *w, const Call *call) { return run(backward_share, m, w, call); }

/* A layer of random numbers, with its products in each of the ways up to the last. seconds: of each way, `times` rows of
 * them at most, how many it says, 0 if there are fewer threads now; DISAGREE where products on the matrix unit are
 * further from the true ones than those in float32, NOT_TRIED if memory is short. keep: whether a pass backwards follows
 * each. */
PUBLIC long derive_trial(const Cell *cell, const long *sizes, long batch, long threads, int keep, int last, long times,
                         double *seconds)
{
    Trial t;
    long found = NOT_TRIED;
    if (trial_new(&t, cell, sizes, batch, threads, keep) && t.ways == last + 1)
        found = all_agree(&t);
    if (found == AGREE)
        found = time_all(&t, times, seconds);
    trial_free(&t);
    return found;
}

/* Layers one after the other, of one thread each, as when a sequence comes in step by step. */
typedef struct {
    Memory *memory;
    const Weights *weights;
    const Call *call;
} Link;

PUBLIC void derive_steps(const Link *link, long count)
{
    for (long i = 0; i < count; i++)
        run(forward_share, link[i].memory, link[i].weights, link[i].call);
}
