store_test_ldadd = libstore.la libfido.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/test_base64
tests_unit_test_base64_SOURCES = %D%/test_base64.c
tests_unit_test_base64_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base64_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_base64

check_PROGRAMS += tests/unit/test_device
tests_unit_test_device_SOURCES = %D%/test_device.c \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_device_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_device_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_device

check_PROGRAMS += tests/unit/test_device_key
tests_unit_test_device_key_SOURCES = %D%/test_device_key.c \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_device_key_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_device_key_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_device_key

check_PROGRAMS += tests/unit/test_seal
tests_unit_test_seal_SOURCES = %D%/test_seal.c \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_seal_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_seal_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_seal

check_PROGRAMS += tests/unit/test_store
tests_unit_test_store_SOURCES = %D%/test_store.c \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_store

check_PROGRAMS += tests/unit/test_claim
tests_unit_test_claim_SOURCES = %D%/test_claim.c \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_claim_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_claim_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_claim

check_PROGRAMS += tests/unit/test_devfile
tests_unit_test_devfile_SOURCES = %D%/test_devfile.c \
	%D%/devfiletest.c %D%/devfiletest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_devfile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_devfile_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_devfile

check_PROGRAMS += tests/unit/test_devfile_key
tests_unit_test_devfile_key_SOURCES = %D%/test_devfile_key.c \
	%D%/devfiletest.c %D%/devfiletest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_devfile_key_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_devfile_key_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_devfile_key

check_PROGRAMS += tests/unit/test_devfile_damage
tests_unit_test_devfile_damage_SOURCES = %D%/test_devfile_damage.c \
	%D%/devfiletest.c %D%/devfiletest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_devfile_damage_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_devfile_damage_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_devfile_damage

check_PROGRAMS += tests/unit/test_devrecovery
tests_unit_test_devrecovery_SOURCES = %D%/test_devrecovery.c \
	%D%/devfiletest.c %D%/devfiletest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_devrecovery_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_devrecovery_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_devrecovery

check_PROGRAMS += tests/unit/test_ledger
tests_unit_test_ledger_SOURCES = %D%/test_ledger.c \
	%D%/ledgertest.c %D%/ledgertest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_ledger_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_ledger_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=EVP_Digest
tests_unit_test_ledger_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_ledger

check_PROGRAMS += tests/unit/test_ledger_race
tests_unit_test_ledger_race_SOURCES = %D%/test_ledger_race.c \
	%D%/ledgertest.c %D%/ledgertest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_ledger_race_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ledger_race_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_ledger_race

check_PROGRAMS += tests/unit/test_inventory
tests_unit_test_inventory_SOURCES = %D%/test_inventory.c \
	%D%/inventorytest.c %D%/inventorytest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_inventory_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_inventory_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_inventory

check_PROGRAMS += tests/unit/test_import
tests_unit_test_import_SOURCES = %D%/test_import.c \
	%D%/inventorytest.c %D%/inventorytest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_import_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_import_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_import

check_PROGRAMS += tests/unit/test_session
tests_unit_test_session_SOURCES = %D%/test_session.c \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_session_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_session_LDADD = $(store_test_ldadd)
TESTS += tests/unit/test_session

EXTRA_DIST += %D%/store.supp
