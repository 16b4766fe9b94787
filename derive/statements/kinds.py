"""The kinds of statement."""

from derive.statements.affine import Affine, AffineTerm
from derive.statements.base import Statement
from derive.statements.elementwise import Elementwise
from derive.statements.mean import Mean
from derive.statements.parameter import Parameter

__all__ = ["Affine", "AffineTerm", "Elementwise", "Mean", "Parameter", "Statement"]
