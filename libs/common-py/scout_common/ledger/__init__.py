"""All SQL of jobs and units: the truth about what is left to do.

claim    a worker takes a unit, keeps its lease, gives it back
commit   results, children and the end of a unit, in one transaction each
barrier  waiting units open, jobs end
dispatch the keeper's questions: what to publish, what was lost
control  jobs begin, are cancelled, are tried again
events   what observers and pages are told
"""
