# The software key itself, against programs that we have not written.
EXTRA_DIST += %D%/test_softkey.py %D%/test_softkey_hid.py
TESTS += %D%/test_softkey.py %D%/test_softkey_hid.py
