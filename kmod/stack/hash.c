// SPDX-License-Identifier: GPL-2.0
#include "stack/hash.h"

#include <crypto/hash.h>
#include <linux/err.h>

static const char * const names[] = {
	[MPROX_MD5] = "md5",
	[MPROX_SHA256] = "sha256",
};

static struct crypto_shash *hashes[ARRAY_SIZE(names)];

bool mprox_hash_has(enum mprox_algorithm algorithm)
{
	return hashes[algorithm];
}

static int hash_with(struct crypto_shash *tfm, const struct mprox_part *parts,
		     size_t nr, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, tfm);
	size_t i;
	int err;

	desc->tfm = tfm;
	err = crypto_shash_init(desc);
	for (i = 0; !err && i < nr; i++)
		err = crypto_shash_update(desc, parts[i].data, parts[i].len);
	if (!err)
		err = crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return err;
}

int mprox_hash(void *arg, enum mprox_algorithm algorithm,
	       const struct mprox_part *parts, size_t nr, u8 *out)
{
	struct crypto_shash *tfm = hashes[algorithm];

	return tfm ? hash_with(tfm, parts, nr, out) : -ENOENT;
}

/* One that is missing is missed only by who needs it. */
int mprox_hash_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct crypto_shash *tfm = crypto_alloc_shash(names[i], 0, 0);

		if (!IS_ERR(tfm))
			hashes[i] = tfm;
		else if (PTR_ERR(tfm) == -ENOMEM)
			goto err_free;
	}
	return 0;

err_free:
	mprox_hash_exit();
	return -ENOMEM;
}

void mprox_hash_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (hashes[i])
			crypto_free_shash(hashes[i]);
}
