"""The kinds that a delivery brings to a cluster beside those the operator handles."""

from presswerk.kubernetes.kinds import Kind

POD = Kind("v1", "Pod", "pods")
NODE = Kind("v1", "Node", "nodes", namespaced=False)
STATEFUL_SET = Kind("apps/v1", "StatefulSet", "statefulsets")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False)
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
GATEWAY = Kind("gateway.networking.k8s.io/v1", "Gateway", "gateways")

_RIGHTS = "rbac.authorization.k8s.io/v1"
_ADMISSION = "admissionregistration.k8s.io/v1"
DELIVERED = (
    POD,
    NODE,
    STATEFUL_SET,
    DEFINITION,
    LEASE,
    GATEWAY,
    Kind("apps/v1", "DaemonSet", "daemonsets"),
    Kind(_RIGHTS, "ClusterRole", "clusterroles", namespaced=False),
    Kind(_RIGHTS, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind(_RIGHTS, "Role", "roles"),
    Kind(_RIGHTS, "RoleBinding", "rolebindings"),
    Kind(_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False),
    Kind(_ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced=False),
    Kind("gateway.networking.k8s.io/v1", "GatewayClass", "gatewayclasses", namespaced=False),
    Kind("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy", "envoyproxies"),
    Kind("cert-manager.io/v1", "ClusterIssuer", "clusterissuers", namespaced=False),
)
